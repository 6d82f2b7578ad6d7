-- question: how old is what is on hand, by stage?
-- grain: one row per open stage; classes of days since the stage was entered
WITH last AS (
    SELECT DISTINCT ON (cycle_id) cycle_id, after AS stage, at FROM leads_stagechange
    WHERE known_at <= %(as_of)s ORDER BY cycle_id, id DESC
)
SELECT stage, count(*) AS on_hand,
       count(*) FILTER (WHERE age < 8) AS days_0_7,
       count(*) FILTER (WHERE age >= 8 AND age < 31) AS days_8_30,
       count(*) FILTER (WHERE age >= 31 AND age < 91) AS days_31_90,
       count(*) FILTER (WHERE age >= 91 AND age < 181) AS days_91_180,
       count(*) FILTER (WHERE age >= 181) AS days_over_180
FROM (SELECT stage, EXTRACT(epoch FROM %(as_of)s - at) / 86400 AS age FROM last) aged
WHERE stage = ANY(%(open)s::text[])
GROUP BY stage ORDER BY array_position(%(open)s::text[], stage)
