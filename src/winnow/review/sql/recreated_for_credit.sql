-- question: which inquiries did sales enter after marketing had one: from the firm in 30 days, or of that name at any time?
-- grain: one row per inquiry of sales
SELECT 'inquiry' AS noun, s.id, trim(p.first_name || ' ' || p.last_name) || ' at ' || a.name AS name,
       coalesce(f.by_id, p.owner_id) AS owner_id, coalesce(u.name, nullif(s.owner_given, ''), '') AS owner,
       'entered on ' || to_char(s.captured_at, 'FMDD FMMonth YYYY') || '; ' || trim(m.first_name || ' ' || m.last_name)
         || ' had inquired over ' || replace(m.channel, '_', ' ') || ' on ' || to_char(m.captured_at, 'FMDD FMMonth YYYY') AS evidence,
       1 AS n, -extract(epoch FROM s.captured_at - m.captured_at)::bigint AS weight
FROM leads_inquiry s
JOIN leads_person p ON p.id = s.person_id
JOIN leads_account a ON a.id = s.account_id
LEFT JOIN leads_fact f ON f.account_id = s.account_id AND f.kind = 'inquiry' AND f.inquiry_id = s.id
LEFT JOIN leads_user u ON u.id = coalesce(f.by_id, p.owner_id)
JOIN LATERAL (
    SELECT i.channel, i.captured_at, q.first_name, q.last_name
    FROM leads_inquiry i JOIN leads_person q ON q.id = i.person_id
    WHERE i.channel <> 'sales_prospecting' AND i.valid AND i.voided_at IS NULL
      AND i.captured_at <= s.captured_at AND i.id <> s.id AND i.account_id = s.account_id AND a.kind <> 'placeholder'
      AND (i.captured_at >= s.captured_at - interval '30 days'
           OR (q.id <> p.id AND p.last_name <> '' AND lower(q.first_name) = lower(p.first_name)
               AND lower(q.last_name) = lower(p.last_name)))
    ORDER BY i.captured_at DESC LIMIT 1) m ON true
WHERE s.channel = 'sales_prospecting' AND s.valid AND s.voided_at IS NULL AND s.captured_at <= %(at)s
