-- question: how many leads did sales find by itself?
-- grain: one row
SELECT 'found by sales' AS label, count(*) FILTER (WHERE channel = 'sales_prospecting') AS hits, count(*) AS cases
FROM {rows} WHERE leads > 0 AND channel IS NOT NULL AND captured_at >= %(start)s AND captured_at < %(end)s HAVING count(*) > 0
