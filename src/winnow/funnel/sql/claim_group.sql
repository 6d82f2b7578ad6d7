-- question: of accounts with a lead, which were won, by how many of their people had responded?
-- grain: one row per number of people
SELECT CASE WHEN people > 1 THEN '2 two or more people' ELSE '1 one person' END AS label,
       count(*) FILTER (WHERE won) AS hits, count(*) AS cases
FROM (
    SELECT account_id, count(DISTINCT who_id) AS people, bool_or(won > 0) AS won
    FROM {rows} WHERE account_id IS NOT NULL AND captured_at >= %(start)s AND captured_at < %(end)s
    GROUP BY account_id HAVING bool_or(leads > 0)
) accounts GROUP BY 1 ORDER BY 1
