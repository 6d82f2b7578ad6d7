-- question: how many days after its first contact does it take half of what got there to get there?
-- grain: one row per outcome
SELECT what, percentile_cont(0.5) WITHIN GROUP (ORDER BY GREATEST(0, date_part('epoch', at - since) / 86400)) AS days
FROM (
    SELECT x.what, x.at, x.since FROM {rows} CROSS JOIN LATERAL (VALUES
        ('leads', captured_at, lead_at, leads), ('accepted', captured_at, accepted_at, accepted),
        ('handed_off', lead_at, handed_at, handed_off), ('answered', handed_at, accepted_at, accepted)
    ) x (what, since, at, count)
    WHERE lead_at IS NOT NULL AND x.count > 0 AND captured_at >= %(start)s AND captured_at < %(end)s
    UNION ALL
    SELECT x.what, x.at, x.since FROM {rows} CROSS JOIN LATERAL (VALUES
        ('opportunities', captured_at, opened_at, opportunities), ('won', captured_at, closed_at, won),
        ('closed', opened_at, closed_at, won)
    ) x (what, since, at, count)
    WHERE opened_at IS NOT NULL AND inquiry_id IS NOT NULL AND x.count > 0 AND captured_at >= %(start)s AND captured_at < %(end)s
) lag
WHERE at IS NOT NULL AND since IS NOT NULL
GROUP BY what
