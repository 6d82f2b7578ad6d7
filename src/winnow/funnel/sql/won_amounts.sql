-- question: what did deals bring, by currency?
-- grain: one row per currency
SELECT currency, count(*) AS won, sum(won_cents) AS won_cents FROM {rows} r
WHERE kind = 'deal' AND won > 0 AND won_cents > 0 GROUP BY 1
