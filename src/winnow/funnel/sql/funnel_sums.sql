-- question: the same as funnel.sql, for everything captured from the first of a month on, out of the kept sums
-- grain: one row per value and currency, and one per currency for all together
SELECT value, currency, dimension = 'all' AS all_of_them, sum(people) AS people, {sums}
FROM leads_funnelcell
WHERE dimension IN (%(by)s, 'all') AND (month >= %(month)s OR %(month)s IS NULL)
GROUP BY dimension, value, currency
