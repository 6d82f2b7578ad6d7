-- question: which leads did a rep get in a time, by how they were answered?
-- grain: one row per handoff that was not recalled, the newest first
SELECT l.person_id, l.account_id, h.given_at AS at, count(*) OVER () AS all_of_them, y.id AS cycle_id
FROM leads_handoff h
JOIN leads_user u ON u.id = h.rep_id
JOIN leads_lead l ON l.id = h.lead_id
LEFT JOIN leads_cycle y ON y.lead_id = l.id AND y.person_id = l.person_id
CROSS JOIN LATERAL (SELECT CASE WHEN h.responded_at <= %(at)s THEN h.response ELSE '' END AS response,
                           CASE WHEN h.responded_at <= %(at)s THEN h.responded_at ELSE %(at)s END AS until) a
WHERE (%(rep)s = '' OR u.name = %(rep)s) AND a.response <> 'recalled' AND {which}
  AND h.given_at >= %(start)s AND h.given_at < %(end)s AND h.given_at <= %(at)s
  AND (%(sees_all)s OR l.account_id = ANY(%(accounts)s::bigint[]))
ORDER BY h.given_at DESC, h.id DESC LIMIT %(limit)s OFFSET %(offset)s
