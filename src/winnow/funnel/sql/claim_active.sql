-- question: how many inquiries came to us by themselves, and of the leads and wins, how many came from such?
-- grain: one row per count
SELECT label, hits, cases FROM (
    SELECT '1 of inquiries' AS label, sum(active) AS hits, sum(inquiries) AS cases
    FROM {rows} WHERE captured_at >= %(start)s AND captured_at < %(end)s
    UNION ALL
    SELECT '2 of wins', count(*) FILTER (WHERE interest = 'active'), count(*)
    FROM {rows} WHERE won > 0 AND interest IS NOT NULL AND captured_at >= %(start)s AND captured_at < %(end)s
) counted WHERE cases > 0 ORDER BY label
