-- question: what became of every row of every import?
-- grain: one row per import; the six outcomes add up to the rows
SELECT id AS import_id, kind, file_name, state, started_at, rows, created, updated, merged, unchanged, quarantined,
       rejected, rows = created + updated + merged + unchanged + quarantined + rejected AS balances
FROM leads_import WHERE started_at <= %(at)s AND started_at >= %(start)s AND started_at < %(end)s ORDER BY id
