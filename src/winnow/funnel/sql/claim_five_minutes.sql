-- question: of those who asked to be called, which became leads, by how soon they were answered?
-- grain: one row per time to the first human answer; live inquiries that are a month old
SELECT CASE WHEN i.answered_at > %(at)s OR i.answered_at IS NULL THEN '3 not answered'
            WHEN i.answered_at <= i.captured_at + interval '5 minutes' THEN '1 answered within 5 minutes'
            ELSE '2 answered later' END AS label,
       count(*) FILTER (WHERE r.leads > 0) AS hits, count(*) AS cases
FROM {rows} r JOIN leads_inquiry i ON i.id = r.inquiry_id
WHERE r.kind = 'inquiry' AND r.valid > 0 AND i.contact_me AND NOT i.historic
  AND i.captured_at >= %(start)s AND i.captured_at < least(%(end)s, %(at)s - interval '30 days')
GROUP BY 1 ORDER BY 1
