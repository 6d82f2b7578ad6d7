-- question: of accepted leads that ended without a win, after how many contacts did the rep stop?
-- grain: one row per number of contacts
WITH ended AS (
    SELECT l.id, (SELECT count(*) FROM leads_touch t JOIN leads_cycle c ON c.id = t.cycle_id
                  WHERE c.lead_id = l.id AND t.done_at <= l.closed_at) AS made
    FROM leads_lead l
    WHERE l.closed_at <= %(at)s AND l.closed_at >= %(start)s AND l.closed_at < %(end)s
      AND EXISTS (SELECT 1 FROM leads_handoff h WHERE h.lead_id = l.id AND h.response = 'accepted')
      AND NOT EXISTS (SELECT 1 FROM leads_cycle c WHERE c.lead_id = l.id AND c.stage = 'won')
)
SELECT span.label, count(*) FILTER (WHERE ended.made = span.number) AS hits, count(*) AS cases
FROM ended CROSS JOIN (VALUES ('0 without any', 0), ('1 after one', 1), ('2 after two', 2), ('3 after three', 3))
    AS span (label, number)
GROUP BY span.label ORDER BY span.label
