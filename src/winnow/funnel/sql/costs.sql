-- question: what did campaigns cost, by campaign, channel or interest?
-- grain: one row per value and currency
SELECT {dimension} AS value, l.currency, sum(l.amount_cents) AS cents
FROM leads_costline l JOIN leads_campaign c ON c.id = l.campaign_id
WHERE l.voided_at IS NULL AND l.on >= %(start)s::timestamptz::date AND l.on < %(end)s::timestamptz::date
  AND l.on <= %(as_of)s::timestamptz::date
GROUP BY 1, 2
