-- question: how many are on hand by an attribute, counted one by one?
-- grain: one row per value: what the ledger of stock_by.sql has to come to
SELECT {value} AS value, count(*) AS held FROM {rows} r
WHERE r.prospects > 0 AND r.stage = ANY(%(open)s::text[]) GROUP BY 1
