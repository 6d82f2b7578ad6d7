-- question: what was on hand in each stage at the start of a period, what came in, what went out, what is on hand at its end?
-- grain: one row per period and stage; opening + came_in - went_out = closing
-- Told twice from the ledger of moves: by the stage that each move left, and by the stage that the cycle's move before
-- had led to. Where both give the same closing balance, no move is missing and none counts twice.
-- This is the long way, of any moment; stock_sums.sql is the short one, for the end of a day.
WITH change AS (
    SELECT s.cycle_id, s.before, s.after, lag(s.after) OVER (PARTITION BY s.cycle_id ORDER BY s.id) AS stood,
           date_trunc('{unit}', {known} AT TIME ZONE 'UTC') AS period
    FROM leads_stagechange s {imports}
    WHERE {known} <= %(at)s
), move AS (
    SELECT after AS stage, period, count(*) AS came_in, 0 AS went_out, 0 AS gave_up FROM change GROUP BY 1, 2
    UNION ALL
    SELECT before, period, 0, count(*), 0 FROM change WHERE before <> '' GROUP BY 1, 2
    UNION ALL
    SELECT stood, period, 0, 0, count(*) FROM change WHERE stood IS NOT NULL GROUP BY 1, 2
), periods AS (
    SELECT generate_series(
               min(period), date_trunc('{unit}', %(at)s::timestamptz AT TIME ZONE 'UTC'), '{step}') AS period FROM move
), flows AS (
    SELECT m.period, s.stage, COALESCE(sum(v.came_in), 0) AS came_in, COALESCE(sum(v.went_out), 0) AS went_out,
           COALESCE(sum(v.gave_up), 0) AS gave_up
    FROM periods m CROSS JOIN unnest(%(stages)s::text[]) s (stage)
    LEFT JOIN move v ON v.period = m.period AND v.stage = s.stage
    GROUP BY 1, 2
)
SELECT to_char(period, '{label}') AS period, stage,
       (sum(came_in - went_out) OVER so_far) - (came_in - went_out) AS opening, came_in, went_out,
       sum(came_in - went_out) OVER so_far AS closing, sum(came_in - gave_up) OVER so_far AS held
FROM flows WINDOW so_far AS (PARTITION BY stage ORDER BY period)
ORDER BY period, array_position(%(stages)s::text[], stage)
