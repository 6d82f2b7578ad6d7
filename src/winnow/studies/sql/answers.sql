-- question: which leads did sales take, and which did it give back?
-- grain: one row per answered handoff; those that marketing took back say nothing
SELECT h.id, l.person_id, l.account_id, h.given_at, h.response
FROM leads_handoff h JOIN leads_lead l ON l.id = h.lead_id
WHERE h.response IN ('accepted', 'rejected') AND l.person_id IS NOT NULL
ORDER BY h.given_at, h.id
