-- question: the same as stock.sql for now or the end of a day, out of the summed moves
-- grain: one row per period and stage; opening + came_in - went_out = closing
WITH change AS (
    SELECT before, after, date_trunc('{unit}', day::timestamp) AS period, sum(moves) AS moves
    FROM leads_funnelflow WHERE day <= (%(at)s::timestamptz AT TIME ZONE 'UTC')::date GROUP BY 1, 2, 3
), move AS (
    SELECT after AS stage, period, moves AS came_in, 0 AS went_out FROM change
    UNION ALL SELECT before, period, 0, moves FROM change WHERE before <> ''
), periods AS (
    SELECT generate_series(
               min(period), date_trunc('{unit}', %(at)s::timestamptz AT TIME ZONE 'UTC'), '{step}') AS period FROM move
), flows AS (
    SELECT m.period, s.stage, COALESCE(sum(v.came_in), 0) AS came_in, COALESCE(sum(v.went_out), 0) AS went_out
    FROM periods m CROSS JOIN unnest(%(stages)s::text[]) s (stage)
    LEFT JOIN move v ON v.period = m.period AND v.stage = s.stage
    GROUP BY 1, 2
)
SELECT to_char(period, '{label}') AS period, stage,
       (sum(came_in - went_out) OVER so_far) - (came_in - went_out) AS opening, came_in, went_out,
       sum(came_in - went_out) OVER so_far AS closing, sum(came_in - went_out) OVER so_far AS held
FROM flows WINDOW so_far AS (PARTITION BY stage ORDER BY period)
ORDER BY period, array_position(%(stages)s::text[], stage)
