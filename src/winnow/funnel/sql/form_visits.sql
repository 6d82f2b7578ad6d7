-- question: how often was each version of a form shown, begun and sent, without machines and what was held back?
-- grain: one row per form, version and number of questions that stood there
SELECT v.form_id, v.version, cardinality(v.asked) AS questions,
       count(*) FILTER (WHERE v.counts) AS views,
       count(*) FILTER (WHERE v.counts AND v.started_at IS NOT NULL) AS starts,
       count(*) FILTER (WHERE v.counts AND v.sent_at IS NOT NULL) AS sent,
       count(*) FILTER (WHERE NOT v.counts) AS machines, min(v.seen_at) AS since
FROM (SELECT v.*, CASE WHEN a.id IS NULL THEN v.machine = '' ELSE a.state <> 'quarantined' END AS counts
      FROM leads_formvisit v LEFT JOIN leads_arrival a ON a.id = v.arrival_id
      WHERE v.form_id = ANY(%(forms)s)) v
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
