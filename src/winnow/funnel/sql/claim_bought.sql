-- question: of people who first responded long enough ago, who was won within 12 and within 24 months?
-- grain: one row per span; nobody who came later than the span ago, since they may still buy
WITH who AS (
    SELECT who_id, min(captured_at) FILTER (WHERE kind = 'inquiry') AS came,
           min(closed_at) FILTER (WHERE won > 0) AS won_at
    FROM {rows} WHERE captured_at >= %(start)s AND captured_at < %(end)s GROUP BY who_id
)
SELECT span.label, count(*) FILTER (WHERE won_at <= came + span.length) AS hits, count(*) AS cases
FROM who JOIN (VALUES ('1 within 12 months', interval '12 months'), ('2 within 24 months', interval '24 months'))
    AS span (label, length) ON who.came <= %(at)s - span.length
GROUP BY span.label ORDER BY span.label
