-- question: of people who are being nurtured, who has a place in a programme?
-- grain: one row
SELECT 'in a programme' AS label, count(*) FILTER (WHERE EXISTS (
           SELECT 1 FROM leads_enrolment e WHERE e.person_id = c.person_id AND e.started_at <= %(at)s
             AND (e.stopped_at IS NULL OR e.stopped_at > %(at)s) AND NOT e.held_out)) AS hits, count(*) AS cases
FROM leads_cycle c WHERE c.stage = 'nurturing' AND c.opened_at <= %(at)s HAVING count(*) > 0
