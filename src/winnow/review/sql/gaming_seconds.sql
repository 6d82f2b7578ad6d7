-- question: who moved many leads on within seconds of each other?
-- grain: one row per person of the firm and run of moves, each less than twenty seconds after the one before
WITH moves AS (
    SELECT by_id, at, cycle_id, at - lag(at) OVER (PARTITION BY by_id ORDER BY at, id) AS gap
    FROM leads_stagechange
    WHERE imported_id IS NULL AND by_id IS NOT NULL AND after IN ('handed_off', 'accepted', 'opportunity', 'won') AND at <= %(at)s),
runs AS (
    SELECT by_id, at, cycle_id,
           count(*) FILTER (WHERE gap IS NULL OR gap > interval '20 seconds') OVER (PARTITION BY by_id ORDER BY at) AS run
    FROM moves)
SELECT u.id, u.name, min(r.at) AS began, extract(epoch FROM max(r.at) - min(r.at))::int AS seconds,
       count(DISTINCT r.cycle_id) AS n
FROM runs r JOIN leads_user u ON u.id = r.by_id
GROUP BY u.id, u.name, r.by_id, r.run HAVING count(DISTINCT r.cycle_id) >= 5
ORDER BY n DESC, began LIMIT 100
