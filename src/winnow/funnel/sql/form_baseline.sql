-- question: of the showings of a form that are old enough, how many led to a handoff within the window?
-- grain: one row; `weekly` counts the showings of the last four weeks, a week
SELECT count(*) FILTER (WHERE v.seen_at <= %(ripe)s) AS views,
       count(DISTINCT i.cycle_id) FILTER (WHERE v.seen_at <= %(ripe)s AND EXISTS (
           SELECT 1 FROM leads_handoff h WHERE h.lead_id = c.lead_id AND h.response <> 'recalled'
             AND h.given_at >= v.seen_at AND h.given_at <= v.seen_at + make_interval(days => %(window)s))) AS qso,
       count(*) FILTER (WHERE v.seen_at > %(at)s - interval '28 days') / 4.0 AS weekly
FROM leads_formvisit v
LEFT JOIN leads_arrival a ON a.id = v.arrival_id
LEFT JOIN leads_inquiry i ON i.id = a.inquiry_id AND i.valid AND i.voided_at IS NULL
LEFT JOIN leads_cycle c ON c.id = i.cycle_id
WHERE v.form_id = %(form)s AND v.seen_at > %(at)s - interval '400 days'
  AND CASE WHEN a.id IS NULL THEN v.machine = '' ELSE a.state <> 'quarantined' END
