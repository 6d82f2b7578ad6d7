-- question: the same as stock.sql for now or the end of a day, out of the summed moves
-- grain: one row per month and stage; opening + came_in - went_out = closing
WITH change AS (
    SELECT before, after, date_trunc('month', day::timestamp) AS month, sum(moves) AS moves
    FROM leads_funnelflow WHERE day <= (%(at)s::timestamptz AT TIME ZONE 'UTC')::date GROUP BY 1, 2, 3
), move AS (
    SELECT after AS stage, month, moves AS came_in, 0 AS went_out FROM change
    UNION ALL SELECT before, month, 0, moves FROM change WHERE before <> ''
), months AS (
    SELECT generate_series(min(month), date_trunc('month', %(at)s::timestamptz AT TIME ZONE 'UTC'), '1 month') AS month
    FROM move
), flows AS (
    SELECT m.month, s.stage, COALESCE(sum(v.came_in), 0) AS came_in, COALESCE(sum(v.went_out), 0) AS went_out
    FROM months m CROSS JOIN unnest(%(stages)s::text[]) s (stage)
    LEFT JOIN move v ON v.month = m.month AND v.stage = s.stage
    GROUP BY 1, 2
)
SELECT to_char(month, 'YYYY-MM') AS month, stage,
       (sum(came_in - went_out) OVER so_far) - (came_in - went_out) AS opening, came_in, went_out,
       sum(came_in - went_out) OVER so_far AS closing, sum(came_in - went_out) OVER so_far AS held
FROM flows WINDOW so_far AS (PARTITION BY stage ORDER BY month)
ORDER BY month, array_position(%(stages)s::text[], stage)
