-- question: who came into a stage, or left it, in a period?
-- grain: one row per move, the newest first
SELECT s.cycle_id, c.person_id, p.account_id, s.known_at AS at, count(*) OVER () AS all_of_them
FROM leads_stagechange s JOIN leads_cycle c ON c.id = s.cycle_id JOIN leads_person p ON p.id = c.person_id
WHERE {which} AND s.known_at >= %(start)s AND s.known_at < %(end)s AND s.known_at <= %(at)s
  AND (%(sees_all)s OR p.account_id = ANY(%(accounts)s::bigint[]))
ORDER BY s.known_at DESC, s.id DESC LIMIT %(limit)s OFFSET %(offset)s
