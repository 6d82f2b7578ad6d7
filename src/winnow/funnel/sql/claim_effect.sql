-- question: of people drawn by lot to get nothing, and of the others, who became a lead since?
-- grain: one row per lot; of programmes that hold some out
SELECT CASE WHEN e.held_out THEN '2 held out' ELSE '1 nurtured' END AS label,
       count(*) FILTER (WHERE EXISTS (
           SELECT 1 FROM leads_stagechange s WHERE s.cycle_id = e.cycle_id AND s.after = 'ready'
             AND s.at > e.started_at AND s.at <= %(at)s)) AS hits, count(*) AS cases
FROM leads_enrolment e
WHERE e.started_at <= %(at)s AND EXISTS (
    SELECT 1 FROM leads_enrolment o WHERE o.programme_id = e.programme_id AND o.held_out)
GROUP BY 1 ORDER BY 1
