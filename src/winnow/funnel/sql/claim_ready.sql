-- question: of everybody on hand, who is ready for sales now?
-- grain: one row; a person's open cycle counts once
SELECT 'ready now' AS label, count(DISTINCT cycle_id) FILTER (WHERE stage IN ('ready', 'handed_off')) AS hits,
       count(DISTINCT cycle_id) AS cases
FROM {rows} WHERE stage IN ('new', 'nurturing', 'ready', 'handed_off') AND captured_at >= %(start)s AND captured_at < %(end)s
HAVING count(DISTINCT cycle_id) > 0
