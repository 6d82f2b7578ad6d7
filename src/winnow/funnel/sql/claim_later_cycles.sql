-- question: of what was won, how much came from people in their second cycle or later?
-- grain: one row
SELECT 'from cycle 2 or later' AS label, count(*) FILTER (WHERE cycle >= 2) AS hits, count(*) AS cases
FROM {rows} WHERE won > 0 AND cycle IS NOT NULL AND captured_at >= %(start)s AND captured_at < %(end)s HAVING count(*) > 0
