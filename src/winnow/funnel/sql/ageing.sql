-- question: how old is what is on hand, by stage?
-- grain: one row per open stage; classes of whole days in UTC since the stage was entered
WITH last AS (
    SELECT DISTINCT ON (s.cycle_id) s.after AS stage, (s.at AT TIME ZONE 'UTC')::date AS since
    FROM leads_stagechange s {imports}
    WHERE {known} <= %(at)s ORDER BY s.cycle_id, s.id DESC
), held AS (
    SELECT stage, since, count(*) AS held FROM last WHERE stage = ANY(%(open)s::text[]) GROUP BY 1, 2
)
{classes}
