-- question: which inquiries came by these forms, and what became of the cycle that each belongs to, after it came?
-- grain: one row per inquiry; version is NULL where no showing is known (copied forms, the API, imports)
SELECT i.id, i.form, i.person_id, i.account_id, i.captured_at, i.valid, i.cycle_id, v.version, v.touched, v.note,
       h.given_at IS NOT NULL AS qso, h.given_at, COALESCE(h.accepted, false) AS accepted,
       COALESCE(h.given_at IS NOT NULL AND o.won, false) AS won, k.id IS NOT NULL AS asked_back,
       k.confirmed_at IS NOT NULL AS confirmed
FROM leads_inquiry i
LEFT JOIN LATERAL (
    SELECT v.* FROM leads_arrival a JOIN leads_formvisit v ON v.arrival_id = a.id WHERE a.inquiry_id = i.id LIMIT 1
) v ON true
LEFT JOIN leads_cycle c ON c.id = i.cycle_id
LEFT JOIN LATERAL (
    SELECT min(h.given_at) AS given_at, bool_or(h.response = 'accepted') AS accepted FROM leads_handoff h
    WHERE h.lead_id = c.lead_id AND h.response <> 'recalled' AND h.given_at >= i.captured_at
) h ON true
LEFT JOIN LATERAL (
    SELECT bool_or(o.outcome = 'won') AS won FROM leads_opportunity o
    WHERE o.lead_id = c.lead_id AND o.voided_at IS NULL
) o ON true
LEFT JOIN leads_confirmation k ON k.inquiry_id = i.id
WHERE i.form = ANY(%(codes)s) AND i.voided_at IS NULL
