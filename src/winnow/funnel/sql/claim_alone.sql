-- question: of what was won, where did more than half of the time pass before a rep had it?
-- grain: one row; from the first inquiry to the win
SELECT 'mostly without a rep' AS label,
       count(*) FILTER (WHERE handed_at - captured_at > (closed_at - captured_at) / 2) AS hits, count(*) AS cases
FROM {rows} WHERE won > 0 AND handed_at IS NOT NULL AND closed_at > captured_at
  AND captured_at >= %(start)s AND captured_at < %(end)s HAVING count(*) > 0
