-- question: the same as shares.sql, for everything captured from the first of a month on, out of the kept sums
-- grain: one row per value and campaign
SELECT value, campaign_id, sum(inquiries) AS inquiries
FROM leads_funnelcell
WHERE dimension = %(by)s AND campaign_id IS NOT NULL AND (month >= %(month)s OR %(month)s IS NULL)
GROUP BY value, campaign_id HAVING sum(inquiries) > 0
