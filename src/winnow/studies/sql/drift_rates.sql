-- question: how often do things turn out well, in the weeks since a day and in the year before?
-- grain: one row per thing and period (1: since then); hits of cases
SELECT 'accepted' AS what, (h.given_at >= %(since)s)::int AS period,
       count(*) FILTER (WHERE h.response = 'accepted') AS hits, count(*) AS cases
FROM leads_handoff h
WHERE h.response IN ('accepted', 'rejected') AND h.given_at >= %(before)s AND h.given_at <= %(at)s
GROUP BY 2
UNION ALL
SELECT 'won', (c.closed_at >= %(since)s)::int, count(*) FILTER (WHERE c.stage = 'won'), count(*)
FROM leads_cycle c
WHERE c.stage IN ('won', 'lost') AND c.closed_at >= %(before)s AND c.closed_at <= %(at)s
GROUP BY 2
UNION ALL
SELECT 'leads', (c.opened_at >= %(since)s - interval '30 days')::int,
       count(*) FILTER (WHERE l.made_at <= c.opened_at + interval '30 days'), count(*)
FROM leads_cycle c LEFT JOIN leads_lead l ON l.id = c.lead_id
WHERE c.stage <> 'merged' AND c.reason <> 'not valid'
  AND c.opened_at >= %(before)s AND c.opened_at <= %(at)s - interval '30 days'
GROUP BY 2
ORDER BY 1, 2
