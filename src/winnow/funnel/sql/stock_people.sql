-- question: who stood in a stage at a moment, and since when?
-- grain: one row per cycle on hand, the longest there first
SELECT l.cycle_id, c.person_id, p.account_id, l.at, count(*) OVER () AS all_of_them
FROM (
    SELECT DISTINCT ON (s.cycle_id) s.cycle_id, s.after, s.at FROM leads_stagechange s
    WHERE s.known_at <= %(at)s ORDER BY s.cycle_id, s.id DESC
) l
JOIN leads_cycle c ON c.id = l.cycle_id JOIN leads_person p ON p.id = c.person_id
WHERE (l.after = %(stage)s OR %(stage)s = '') AND l.after = ANY(%(open)s::text[])
  AND (%(at)s::timestamptz AT TIME ZONE 'UTC')::date - (l.at AT TIME ZONE 'UTC')::date BETWEEN %(from)s AND %(to)s
  AND (%(sees_all)s OR p.account_id = ANY(%(accounts)s::bigint[]))
ORDER BY l.at, l.cycle_id LIMIT %(limit)s OFFSET %(offset)s
