-- question: at the handoff, of how many leads was a need stated, and a budget?
-- grain: one row per answer; what was known at the handoff alone
SELECT item.label, count(*) FILTER (WHERE EXISTS (
           SELECT 1 FROM leads_fact f WHERE f.account_id = l.account_id AND f.kind = 'answered' AND f.code = item.code
             AND f.value IN ('yes', 'partly') AND f.known_at <= h.given_at)) AS hits, count(*) AS cases
FROM leads_handoff h JOIN leads_lead l ON l.id = h.lead_id
CROSS JOIN (VALUES ('1 a need', 'need'), ('2 a budget', 'budget')) AS item (label, code)
WHERE h.given_at <= %(at)s AND h.given_at >= %(start)s AND h.given_at < %(end)s
GROUP BY item.label ORDER BY item.label
