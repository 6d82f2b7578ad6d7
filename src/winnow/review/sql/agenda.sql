-- question: which leads does sales have in hand, and what is known of each that makes it urgent?
-- grain: one row per lead that is handed off, accepted or an opportunity
SELECT c.id AS cycle_id, h.rep_id, c.stage, h.given_at, h.response_due_at, h.response, h.responded_at,
       t.due_at AS touch_due_at, coalesce(t.done, 0) AS touches, t.last_at, o.closes_on,
       s.not_covered, p.broken_at
FROM leads_lead l
JOIN leads_handoff h ON h.lead_id = l.id AND h.ended_at IS NULL
JOIN leads_cycle c ON c.lead_id = l.id AND c.person_id = l.person_id
                  AND c.stage IN ('handed_off', 'accepted', 'opportunity')
LEFT JOIN LATERAL (
    SELECT min(due_at) FILTER (WHERE done_at IS NULL AND cancelled_at IS NULL) AS due_at,
           count(done_at) AS done, max(done_at) AS last_at
    FROM leads_touch WHERE cycle_id = c.id) t ON true
LEFT JOIN LATERAL (
    SELECT closes_on FROM leads_opportunity WHERE lead_id = l.id AND outcome = 'open' AND voided_at IS NULL
    ORDER BY id DESC LIMIT 1) o ON true
LEFT JOIN LATERAL (
    SELECT v.outcome = 'not_covered' AS not_covered FROM leads_reviewline v JOIN leads_review r ON r.id = v.review_id
    WHERE v.cycle_id = c.id AND r.closed_at IS NOT NULL ORDER BY v.id DESC LIMIT 1) s ON true
LEFT JOIN LATERAL (
    SELECT max(broken_at) AS broken_at FROM leads_promise
    WHERE cycle_id = c.id AND broken_at > %(since)s) p ON true
WHERE l.closed_at IS NULL
ORDER BY h.rep_id, c.id
