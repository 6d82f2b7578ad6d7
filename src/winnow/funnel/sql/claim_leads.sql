-- question: of valid inquiries that are three months old, which became leads, and which were accepted?
-- grain: one row per stage
SELECT stage.label, count(*) FILTER (WHERE CASE stage.code WHEN 'leads' THEN r.leads ELSE r.accepted END > 0) AS hits,
       count(*) AS cases
FROM {rows} r CROSS JOIN (VALUES ('1 became leads', 'leads'), ('2 were accepted', 'accepted')) AS stage (label, code)
WHERE r.kind = 'inquiry' AND r.valid > 0 AND r.captured_at >= %(start)s
  AND r.captured_at < least(%(end)s, %(at)s - interval '90 days')
GROUP BY stage.label ORDER BY stage.label
