-- question: which handoffs did each rep get, and how were they answered?
-- grain: one row per handoff
SELECT u.id, u.name AS rep, h.given_at, h.response_due_at,
       CASE WHEN h.responded_at <= %(at)s THEN h.response ELSE '' END AS response,
       CASE WHEN h.responded_at <= %(at)s THEN h.responded_at END AS responded_at
FROM leads_handoff h JOIN leads_user u ON u.id = h.rep_id
WHERE h.given_at <= %(at)s AND h.given_at >= %(start)s AND h.given_at < %(end)s
