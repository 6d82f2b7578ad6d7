-- question: how many entries did an event bring, hour by hour and by who stood at the booth?
-- grain: one row per hour and name of the staff
SELECT date_trunc('hour', i.captured_at AT TIME ZONE %(zone)s) AS hour,
       coalesce(i.answers->>'Staff at the booth', '') AS staff, count(*) AS entries
FROM leads_arrival a
JOIN leads_inquiry i ON i.id = a.inquiry_id
WHERE a.sender = %(sender)s AND i.voided_at IS NULL
GROUP BY 1, 2
ORDER BY 1, 2
