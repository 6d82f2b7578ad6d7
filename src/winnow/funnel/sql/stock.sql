-- question: what was on hand in each stage at the start of a month, what came in, what went out, what is on hand at its end?
-- grain: one row per month and stage; opening + came_in - went_out = closing
WITH change AS (
    SELECT s.cycle_id, s.before, s.after, s.known_at AS at
    FROM leads_stagechange s JOIN leads_cycle c ON c.id = s.cycle_id
    WHERE s.known_at <= %(as_of)s
), move AS (
    SELECT after AS stage, date_trunc('month', at AT TIME ZONE 'UTC') AS month, 1 AS came_in, 0 AS went_out FROM change
    UNION ALL
    SELECT before, date_trunc('month', at AT TIME ZONE 'UTC'), 0, 1 FROM change WHERE before <> ''
), months AS (
    SELECT generate_series(min(month), date_trunc('month', %(as_of)s::timestamptz AT TIME ZONE 'UTC'), '1 month') AS month
    FROM move
), stages AS (SELECT unnest(%(stages)s::text[]) AS stage),
flows AS (
    SELECT m.month, s.stage, COALESCE(sum(v.came_in), 0) AS came_in, COALESCE(sum(v.went_out), 0) AS went_out
    FROM months m CROSS JOIN stages s LEFT JOIN move v ON v.month = m.month AND v.stage = s.stage
    GROUP BY 1, 2
)
SELECT to_char(month, 'YYYY-MM') AS month, stage,
       (sum(came_in - went_out) OVER before_this) - (came_in - went_out) AS opening, came_in, went_out,
       sum(came_in - went_out) OVER before_this AS closing
FROM flows WINDOW before_this AS (PARTITION BY stage ORDER BY month)
ORDER BY month, array_position(%(stages)s::text[], stage)
