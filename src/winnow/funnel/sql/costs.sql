-- question: what did each campaign cost in a window, and in which month?
-- grain: one row per campaign, month and currency
SELECT l.campaign_id, to_char(l.on, 'YYYY-MM') AS month, l.currency, sum(l.amount_cents) AS cents
FROM leads_costline l
WHERE (l.voided_at IS NULL OR l.voided_at > %(at)s) AND l.on <= (%(at)s::timestamptz AT TIME ZONE 'UTC')::date
  AND l.on >= (%(start)s::timestamptz AT TIME ZONE 'UTC')::date AND l.on < (%(end)s::timestamptz AT TIME ZONE 'UTC')::date
GROUP BY 1, 2, 3
