-- question: what became of every row of every import?
-- grain: one row per import; the six outcomes add up to the rows
SELECT m.id AS import_id, kind, file_name, state, started_at, rows, created, updated, merged, unchanged, quarantined,
       rejected, rows = created + updated + merged + unchanged + quarantined + rejected AS balances, i.inquiries, i.active
FROM leads_import m
CROSS JOIN LATERAL (
    SELECT count(*) AS inquiries, count(*) FILTER (WHERE interest = 'active') AS active
    FROM leads_inquiry WHERE imported_id = m.id AND voided_at IS NULL
) i
WHERE started_at <= %(at)s AND started_at >= %(start)s AND started_at < %(end)s ORDER BY m.id
