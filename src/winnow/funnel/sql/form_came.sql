-- question: which inquiries came by these forms, and what became of the cycle that each belongs to, after it came?
-- grain: one row per inquiry; version is NULL where no showing is known (copied forms, the API, imports)
SELECT i.id, i.form, i.person_id, i.account_id, i.captured_at, i.valid, i.cycle_id, v.version, v.touched, v.note,
       COALESCE(h.given_at >= i.captured_at, false) AS qso, COALESCE(h.accepted_at >= i.captured_at, false) AS accepted,
       COALESCE(h.given_at >= i.captured_at AND o.won, false) AS won, k.id IS NOT NULL AS asked_back,
       k.confirmed_at IS NOT NULL AS confirmed
FROM leads_inquiry i
LEFT JOIN (
    SELECT DISTINCT ON (a.inquiry_id) a.inquiry_id, v.version, v.touched, v.note
    FROM leads_formvisit v JOIN leads_arrival a ON a.id = v.arrival_id
    WHERE a.inquiry_id IS NOT NULL ORDER BY a.inquiry_id, a.id
) v ON v.inquiry_id = i.id
LEFT JOIN leads_cycle c ON c.id = i.cycle_id
LEFT JOIN (
    SELECT lead_id, max(given_at) AS given_at, max(given_at) FILTER (WHERE response = 'accepted') AS accepted_at
    FROM leads_handoff WHERE response <> 'recalled' GROUP BY lead_id
) h ON h.lead_id = c.lead_id
LEFT JOIN (
    SELECT lead_id, bool_or(outcome = 'won') AS won FROM leads_opportunity
    WHERE lead_id IS NOT NULL AND voided_at IS NULL GROUP BY lead_id
) o ON o.lead_id = c.lead_id
LEFT JOIN leads_confirmation k ON k.inquiry_id = i.id
WHERE i.form = ANY(%(codes)s) AND i.voided_at IS NULL
