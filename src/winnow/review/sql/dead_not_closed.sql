-- question: which leads look as if they were over, and nobody has closed them?
-- grain: one row per lead, or per imported opportunity whose expected close is a month past
WITH deals AS ({deals}), held AS ({held}), signs AS (
    SELECT h.*, s.levels,
           CASE WHEN s.levels[3] = 'no' THEN 'they said that there is no need'
                WHEN s.levels[1] = 'no' THEN 'they said that there is no budget'
                WHEN h.touches >= coalesce((d.document #>> '{cadence,touches}')::int, 6) AND h.talks = 0
                  THEN h.touches || ' contacts were tried and nobody was reached'
                WHEN w.wrong THEN 'the last contact reached the wrong person'
                WHEN o.closes_on < (%(at)s AT TIME ZONE 'UTC')::date - 30
                  THEN 'it should have closed on ' || to_char(o.closes_on, 'FMDD FMMonth YYYY') END AS sign
    FROM held h
    JOIN leads_definition d ON d.id = h.definition_id
    LEFT JOIN leads_personstanding s ON s.person_id = h.person_id
    LEFT JOIN LATERAL (SELECT closes_on FROM leads_opportunity o WHERE o.lead_id = h.id AND o.outcome = 'open' LIMIT 1) o ON true
    LEFT JOIN LATERAL (SELECT t.result = 'wrong_person' AS wrong FROM leads_touch t
                       WHERE t.cycle_id = h.cycle_id AND t.done_at <= %(at)s ORDER BY t.done_at DESC LIMIT 1) w ON true)
SELECT 'lead' AS noun, id, name, owner_id, owner, sign AS evidence, 1 AS n,
       extract(epoch FROM %(at)s - seen_at)::bigint AS weight
FROM signs WHERE sign IS NOT NULL
UNION ALL
SELECT 'opportunity', id, name, owner_id, owner, 'it should have closed on ' || to_char(closes_on, 'FMDD FMMonth YYYY'), 1,
       ((%(at)s AT TIME ZONE 'UTC')::date - closes_on) * 86400
FROM deals
WHERE outcome = 'open' AND lead_id IS NULL AND closes_on < (%(at)s AT TIME ZONE 'UTC')::date - 30
