-- question: of what was captured in a month, how much became a lead, was accepted, became an opportunity, was won, and how long after?
-- grain: one row per month of capture, outcome and month of getting there, for what goes back to an inquiry (tied) and what doesn't
WITH happened AS (
    SELECT month, inquiry_id, x.what, x.at, x.count
    FROM {rows} CROSS JOIN LATERAL (VALUES ('leads', lead_at, leads), ('accepted', accepted_at, accepted)) x (what, at, count)
    WHERE lead_at IS NOT NULL AND x.count > 0 AND captured_at >= %(start)s AND captured_at < %(end)s
    UNION ALL
    SELECT month, inquiry_id, x.what, x.at, x.count
    FROM {rows} CROSS JOIN LATERAL (VALUES
        ('opportunities', opened_at, opportunities), ('won', COALESCE(closed_at, opened_at), won)) x (what, at, count)
    WHERE opened_at IS NOT NULL AND x.count > 0 AND captured_at >= %(start)s AND captured_at < %(end)s
)
SELECT to_char(month, 'YYYY-MM') AS cohort, what, tied, to_char(got_there, 'YYYY-MM') AS got_there, count
FROM (
    SELECT month, what, inquiry_id IS NOT NULL AS tied, date_trunc('month', at AT TIME ZONE 'UTC') AS got_there,
           sum(count) AS count
    FROM happened GROUP BY 1, 2, 3, 4
) months
ORDER BY 1, 2, 3, 4
