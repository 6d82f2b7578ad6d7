-- question: which deals does each owner have, and how did they end?
-- grain: one row per owner and currency
SELECT owner, currency, sum(opportunities) AS opportunities, sum(won) AS won, sum(lost) AS lost, sum(won_cents) AS won_cents
FROM {rows} WHERE opened_at IS NOT NULL AND opportunities > 0 AND captured_at >= %(start)s AND captured_at < %(end)s
GROUP BY owner, currency
