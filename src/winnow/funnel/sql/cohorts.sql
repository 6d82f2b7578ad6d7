-- question: of those who first responded in a month, how many were accepted and won, by months since?
-- grain: one row per month of capture and month since; only months since in which something happened
WITH inquiry AS (
    SELECT i.id, i.cycle_id, i.captured_at, date_trunc('month', i.captured_at AT TIME ZONE 'UTC') AS month
    FROM leads_inquiry i
    WHERE i.voided_at IS NULL AND CASE WHEN i.historic THEN i.captured_at ELSE i.recorded_at END <= %(as_of)s
), opened AS (
    SELECT DISTINCT ON (cycle_id) cycle_id, id, month FROM inquiry
    WHERE cycle_id IS NOT NULL ORDER BY cycle_id, captured_at, id
), happened AS (
    SELECT f.month, min(s.at) AS at, 'accepted' AS what
    FROM opened f JOIN leads_stagechange s ON s.cycle_id = f.cycle_id
    WHERE s.after = 'accepted' AND s.known_at <= %(as_of)s GROUP BY f.cycle_id, f.month
    UNION ALL
    SELECT i.month, o.closed_at, 'won'
    FROM leads_opportunity o
    LEFT JOIN opened f ON f.cycle_id = o.cycle_id
    JOIN inquiry i ON i.id = COALESCE(o.inquiry_id, f.id)
    WHERE o.voided_at IS NULL AND o.outcome = 'won' AND o.closed_at <= %(as_of)s
)
SELECT to_char(month, 'YYYY-MM') AS cohort, what,
       GREATEST(0, (EXTRACT(year FROM age(date_trunc('month', at AT TIME ZONE 'UTC'), month)) * 12
                    + EXTRACT(month FROM age(date_trunc('month', at AT TIME ZONE 'UTC'), month)))::int) AS months_since,
       count(*) AS count
FROM happened GROUP BY 1, 2, 3
UNION ALL
SELECT to_char(month, 'YYYY-MM'), 'inquiries', 0, count(*) FROM inquiry GROUP BY 1
ORDER BY 1, 2, 3
