-- question: which leads does sales have in hand at a moment, who has them, and what was done last?
-- grain: one row per lead; a part of other statements
SELECT l.id, l.account_id, l.person_id, l.made_at, c.id AS cycle_id, c.stage, c.stage_at, c.next_step_at,
       h.rep_id AS owner_id, u.name AS owner, u.is_active, h.given_at, l.definition_id,
       CASE WHEN h.responded_at <= %(at)s THEN h.response ELSE '' END AS response,
       trim(p.first_name || ' ' || p.last_name) || ' at ' || a.name AS name,
       t.planned_at, coalesce(t.done, 0) AS touches, coalesce(t.talks, 0) AS talks, coalesce(t.met, 0) AS met,
       GREATEST(t.last_at, h.given_at, CASE WHEN h.responded_at <= %(at)s THEN h.responded_at END,
                CASE WHEN c.stage_at <= %(at)s THEN c.stage_at END) AS seen_at
FROM leads_lead l
JOIN leads_handoff h ON h.lead_id = l.id AND h.given_at <= %(at)s AND (h.ended_at IS NULL OR h.ended_at > %(at)s)
JOIN leads_cycle c ON c.lead_id = l.id AND c.person_id = l.person_id
JOIN leads_user u ON u.id = h.rep_id
JOIN leads_person p ON p.id = l.person_id
JOIN leads_account a ON a.id = l.account_id
LEFT JOIN LATERAL (
    SELECT min(due_at) FILTER (WHERE (done_at IS NULL OR done_at > %(at)s)
                                 AND (cancelled_at IS NULL OR cancelled_at > %(at)s)) AS planned_at,
           count(*) FILTER (WHERE done_at <= %(at)s) AS done,
           count(*) FILTER (WHERE done_at <= %(at)s AND result IN ('spoke', 'met', 'replied')) AS talks,
           count(*) FILTER (WHERE done_at <= %(at)s AND result = 'met') AS met,
           max(done_at) FILTER (WHERE done_at <= %(at)s) AS last_at
    FROM leads_touch WHERE cycle_id = c.id) t ON true
WHERE l.made_at <= %(at)s AND (l.closed_at IS NULL OR l.closed_at > %(at)s)
