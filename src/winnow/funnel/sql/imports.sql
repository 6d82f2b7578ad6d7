-- question: what became of every row of every import?
-- grain: one row per import; the six outcomes add up to the rows
SELECT id AS import_id, kind, file_name, state, rows, created, updated, merged, unchanged, quarantined, rejected,
       rows = created + updated + merged + unchanged + quarantined + rejected AS balances
FROM leads_import WHERE started_at <= %(as_of)s ORDER BY id
