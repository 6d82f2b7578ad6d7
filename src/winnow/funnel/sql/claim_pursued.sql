-- question: of leads that sales accepted, which were never contacted within a fortnight?
-- grain: one row; a lead that was closed before the fortnight was over is left out
SELECT 'never contacted' AS label, count(*) FILTER (WHERE NOT touched) AS hits, count(*) AS cases
FROM (
    SELECT EXISTS (SELECT 1 FROM leads_touch t JOIN leads_cycle c ON c.id = t.cycle_id
                   WHERE c.lead_id = l.id AND t.done_at <= h.responded_at + interval '14 days') AS touched
    FROM leads_handoff h JOIN leads_lead l ON l.id = h.lead_id
    WHERE h.response = 'accepted' AND h.responded_at <= least(%(end)s, %(at)s - interval '14 days')
      AND h.responded_at >= %(start)s
      AND (l.closed_at IS NULL OR l.closed_at > h.responded_at + interval '14 days')
) accepted HAVING count(*) > 0
