-- question: how many inquiries became prospects, leads, accepted leads, opportunities and wins, by one attribute?
-- grain: one row per value and currency, and one per currency for all together; a missing value is NULL, not "unknown"
SELECT {value} AS value, currency, GROUPING({value}) = 1 AS all_of_them,
       count(DISTINCT who_id) FILTER (WHERE kind = 'inquiry') AS people, {sums}
FROM {rows}
WHERE captured_at >= %(start)s AND captured_at < %(end)s
GROUP BY GROUPING SETS (({value}, currency), (currency))
