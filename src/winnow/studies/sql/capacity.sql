-- question: how many leads can the reps hold at once, and for how many days does one stay with a rep?
-- grain: one row; days over the leads that left a rep's hands within the last year
SELECT (SELECT sum(capacity) FROM leads_user WHERE role = 'rep' AND is_active),
       avg(date_part('epoch', closed_at - given_at) / 86400), count(*)
FROM (
    SELECT min(h.given_at) AS given_at, l.closed_at
    FROM leads_lead l JOIN leads_handoff h ON h.lead_id = l.id AND h.response = 'accepted'
    WHERE l.closed_at > %(since)s GROUP BY l.id, l.closed_at
) held
