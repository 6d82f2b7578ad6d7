-- question: of the first showings of each version in a test, how many led to a handoff within the window?
-- grain: one row per version; `shown` counts all showings of the test, `views` those that are old enough to be judged
SELECT version, count(*) AS shown, count(*) FILTER (WHERE place <= %(per_arm)s AND ripe) AS views,
       count(DISTINCT cycle_id) FILTER (WHERE place <= %(per_arm)s AND ripe AND qso) AS qso
FROM (
    SELECT v.version, v.seen_at <= %(ripe)s AS ripe, i.cycle_id,
           row_number() OVER (PARTITION BY v.version ORDER BY v.seen_at, v.note) AS place,
           EXISTS (SELECT 1 FROM leads_handoff h WHERE h.lead_id = c.lead_id AND h.response <> 'recalled'
                     AND h.given_at >= v.seen_at AND h.given_at <= v.seen_at + make_interval(days => %(window)s)) AS qso
    FROM leads_formvisit v
    LEFT JOIN leads_arrival a ON a.id = v.arrival_id
    LEFT JOIN leads_inquiry i ON i.id = a.inquiry_id AND i.valid AND i.voided_at IS NULL
    LEFT JOIN leads_cycle c ON c.id = i.cycle_id
    WHERE v.form_id = %(form)s AND v.version = ANY(%(versions)s) AND v.seen_at >= %(start)s AND v.seen_at < %(end)s
      AND CASE WHEN a.id IS NULL THEN v.machine = '' ELSE a.state <> 'quarantined' END
) shown
GROUP BY 1
