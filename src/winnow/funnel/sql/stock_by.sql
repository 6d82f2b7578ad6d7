-- question: what was on hand at the start of a period, what was opened, what ended, what is on hand at its end, by an attribute?
-- grain: one row per period and value; opening + came_in - went_out = closing
-- Over all open stages: who goes on from one to the next neither comes in nor goes out. The attribute is as known at %(at)s.
WITH {change}, periods AS (
    SELECT generate_series(
               min(period), date_trunc('{unit}', %(at)s::timestamptz AT TIME ZONE 'UTC'), '{step}') AS period FROM change
), flows AS (
    SELECT p.period, k.key, COALESCE(c.came_in, 0) AS came_in, COALESCE(c.went_out, 0) AS went_out
    FROM periods p CROSS JOIN (SELECT DISTINCT key FROM change) k
    LEFT JOIN change c ON c.period = p.period AND c.key = k.key
), told AS (
    SELECT to_char(period, '{label}') AS period, CASE WHEN key <> '' THEN substr(key, 2) END AS value,
           (sum(came_in - went_out) OVER so_far) - (came_in - went_out) AS opening, came_in, went_out,
           sum(came_in - went_out) OVER so_far AS closing
    FROM flows WINDOW so_far AS (PARTITION BY key ORDER BY period)
)
SELECT * FROM told WHERE opening <> 0 OR came_in <> 0 OR went_out <> 0 ORDER BY period, value NULLS LAST
