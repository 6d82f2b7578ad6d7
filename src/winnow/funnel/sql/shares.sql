-- question: how many inquiries of each campaign have which value of an attribute?
-- grain: one row per value and campaign, of what was captured in a window
SELECT {value} AS value, campaign_id, sum(inquiries) AS inquiries
FROM {rows} WHERE campaign_id IS NOT NULL AND captured_at >= %(start)s AND captured_at < %(end)s AND kind = 'inquiry'
GROUP BY 1, 2
