-- question: of those who had stood in a stage so many days, how many were won after how many more weeks, or ended otherwise?
-- grain: one row per stage, class of age, grade and weeks from that age on; who stayed long counts in every class up to it
-- Who is still on hand counts as open: of cycles that never end nobody may think that they were won as often as others.
-- Of the newest cycles only: what was usual ten years ago says little. What was never valid or taken back is left out.
WITH chosen AS (
    SELECT c.id FROM leads_cycle c
    WHERE c.opened_at <= %(at)s AND c.stage <> 'merged' AND c.reason NOT IN ('not valid', 'import taken back')
    ORDER BY c.id DESC LIMIT %(newest)s
), move AS (
    SELECT s.cycle_id, s.after AS stage, s.at, COALESCE(lead(s.at) OVER trip, %(at)s) AS until,
           last_value(s.after) OVER trip AS final, last_value(s.at) OVER trip AS final_at
    FROM chosen c JOIN leads_stagechange s ON s.cycle_id = c.id
    WHERE s.known_at <= %(at)s
    WINDOW trip AS (PARTITION BY s.cycle_id ORDER BY s.id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
), visit AS (
    SELECT cycle_id, stage, final, final = ANY(%(open)s::text[]) AS open, extract(epoch FROM until - at) / 86400 AS stayed,
           extract(epoch FROM CASE WHEN final = ANY(%(open)s::text[]) THEN %(at)s ELSE final_at END - at) / 86400 AS days
    FROM move WHERE stage = ANY(%(open)s::text[])
)
SELECT v.stage, a.age, g.grade, LEAST(floor((v.days - a.least) / 7), %(weeks)s)::int AS week,
       count(*) FILTER (WHERE v.final = 'won') AS won, count(*) FILTER (WHERE NOT v.open AND v.final <> 'won') AS other,
       count(*) FILTER (WHERE v.open) AS open
FROM visit v
CROSS JOIN LATERAL (
    SELECT n - 1 AS age, k.least FROM unnest(%(since)s::int[]) WITH ORDINALITY k (least, n) WHERE v.stayed >= k.least
) a
LEFT JOIN {rows} g ON g.cycle_id = v.cycle_id AND g.prospects > 0
GROUP BY 1, 2, 3, 4
