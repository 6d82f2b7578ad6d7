-- question: of those who had stood in a stage so many days, and whose cycle has ended since, how many were won?
-- grain: one row per stage, class of age and grade; who stayed long counts in every class up to that age
-- Of the newest ends only: what was usual ten years ago says little. What was taken back or never valid is no end.
WITH ended AS (
    SELECT c.id, c.stage = 'won' AS won FROM leads_cycle c
    WHERE c.closed_at <= %(at)s AND c.stage IN ('won', 'lost', 'disqualified', 'recycled')
      AND c.reason NOT IN ('not valid', 'import taken back')
      AND NOT EXISTS (SELECT 1 FROM leads_stagechange s WHERE s.cycle_id = c.id AND s.after = c.stage AND s.known_at > %(at)s)
    ORDER BY c.closed_at DESC LIMIT %(newest)s
), visit AS (
    SELECT e.id, e.won, s.after AS stage,
           extract(epoch FROM lead(s.at) OVER (PARTITION BY s.cycle_id ORDER BY s.id) - s.at) / 86400 AS days
    FROM ended e JOIN leads_stagechange s ON s.cycle_id = e.id
)
SELECT v.stage, a.age, g.grade, count(*) AS ended, count(*) FILTER (WHERE v.won) AS won
FROM visit v
CROSS JOIN LATERAL (SELECT n - 1 AS age FROM unnest(%(since)s::int[]) WITH ORDINALITY k (least, n) WHERE v.days >= k.least) a
LEFT JOIN {rows} g ON g.cycle_id = v.id AND g.prospects > 0
WHERE v.stage = ANY(%(open)s::text[])
GROUP BY 1, 2, 3
