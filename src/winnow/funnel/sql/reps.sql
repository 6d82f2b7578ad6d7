-- question: what did each rep get, answer, work and win?
-- grain: one row per rep who ever got a handoff
SELECT u.name AS rep, count(*) AS handed_off,
       count(*) FILTER (WHERE h.response = 'accepted') AS accepted,
       count(*) FILTER (WHERE h.response = 'rejected') AS rejected,
       count(*) FILTER (WHERE h.response = '') AS unanswered,
       count(*) FILTER (WHERE h.responded_at > h.response_due_at) AS late,
       (SELECT count(*) FROM leads_opportunity o WHERE o.owner_id = u.id AND o.outcome = 'won' AND o.voided_at IS NULL
          AND o.lead_id IS NOT NULL AND o.closed_at <= %(as_of)s) AS won,
       (SELECT COALESCE(sum(o.amount_cents), 0) FROM leads_opportunity o WHERE o.owner_id = u.id AND o.outcome = 'won'
          AND o.voided_at IS NULL AND o.lead_id IS NOT NULL AND o.closed_at <= %(as_of)s) AS won_cents
FROM leads_handoff h JOIN leads_user u ON u.id = h.rep_id
WHERE h.given_at <= %(as_of)s AND h.given_at >= %(start)s AND h.given_at < %(end)s
GROUP BY u.id, u.name ORDER BY accepted DESC, rep
