-- question: does one deal make up most of the amount, and were deals closed before the first contact of their inquiry?
-- grain: one row per value and currency
SELECT {value} AS value, currency, count(*) FILTER (WHERE won > 0 AND won_cents > 0) AS amounts,
       max(won_cents) FILTER (WHERE won > 0) AS largest, sum(won_cents) AS won_cents,
       count(*) FILTER (WHERE won > 0 AND inquiry_id IS NOT NULL AND (closed_at AT TIME ZONE 'UTC')::date
                        < (captured_at AT TIME ZONE 'UTC')::date) AS early
FROM {rows}
WHERE kind = 'deal' AND opened_at IS NOT NULL AND captured_at >= %(start)s AND captured_at < %(end)s
GROUP BY 1, 2
