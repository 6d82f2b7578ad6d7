-- question: who fits and is interested, and nobody and nothing is looking after them?
-- grain: one row per prospect with grade A or B, active interest in 90 days, no programme, no touch and no date ahead
SELECT 'person' AS noun, p.id, trim(p.first_name || ' ' || p.last_name) || ' at ' || a.name AS name, p.owner_id,
       coalesce(u.name, '') AS owner,
       'grade ' || s.grade || ', last interest on ' || to_char(i.seen_at, 'FMDD FMMonth YYYY') AS evidence, 1 AS n,
       s.milli AS weight
FROM leads_cycle c
JOIN leads_person p ON p.id = c.person_id AND p.merged_into_id IS NULL AND p.voided_at IS NULL
JOIN leads_account a ON a.id = p.account_id
JOIN leads_personstanding s ON s.person_id = p.id AND s.grade IN ('A', 'B')
JOIN LATERAL (
    SELECT max(f.happened_at) AS seen_at FROM leads_fact f
    WHERE f.person_id = p.id AND f.happened_at > %(at)s - interval '90 days'
      AND ((f.kind = 'inquiry' AND f.value = 'active' AND f.flag)
        OR (f.kind = 'content_taken' AND NOT f.flag) OR f.kind = 'mail_replied')) i ON i.seen_at IS NOT NULL
LEFT JOIN leads_user u ON u.id = p.owner_id
WHERE c.stage IN ('new', 'nurturing') AND c.opened_at < %(at)s - interval '2 days'
  AND (c.next_step_at IS NULL OR c.next_step_at < %(at)s) AND (c.wake_at IS NULL OR c.wake_at < %(at)s)
  AND NOT EXISTS (SELECT 1 FROM leads_enrolment e WHERE e.person_id = p.id AND e.stopped_at IS NULL)
  AND NOT EXISTS (SELECT 1 FROM leads_touch t WHERE t.cycle_id = c.id
                  AND ((t.done_at IS NULL AND t.cancelled_at IS NULL) OR t.done_at > %(at)s - interval '30 days'))
