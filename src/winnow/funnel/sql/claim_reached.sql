-- question: at which contact does somebody answer who has not answered before?
-- grain: one row per contact of the cadence, of those who had not answered until then
SELECT lpad(t.number::text, 2, '0') || ' at contact ' || t.number AS label,
       count(*) FILTER (WHERE t.result IN ('spoke', 'met', 'replied')) AS hits, count(*) AS cases
FROM leads_touch t
WHERE t.done_at <= %(at)s AND t.done_at >= %(start)s AND t.done_at < %(end)s AND t.number BETWEEN 1 AND 12
  AND NOT EXISTS (
      SELECT 1 FROM leads_touch e WHERE e.cycle_id = t.cycle_id AND e.done_at < t.done_at
        AND e.result IN ('spoke', 'met', 'replied'))
GROUP BY t.number ORDER BY t.number
