-- question: who stood in a stage at a moment, and since when?
-- grain: one row per cycle on hand, the longest there first
SELECT l.cycle_id, c.person_id, p.account_id, l.at, count(*) OVER () AS all_of_them
FROM ({last}) l
JOIN leads_cycle c ON c.id = l.cycle_id JOIN leads_person p ON p.id = c.person_id
WHERE l.stage = ANY(%(stages)s::text[]) AND {which}
  AND l.at < ((%(at)s::timestamptz AT TIME ZONE 'UTC')::date - %(from)s + 1)::timestamp AT TIME ZONE 'UTC'
  AND l.at >= ((%(at)s::timestamptz AT TIME ZONE 'UTC')::date - %(to)s)::timestamp AT TIME ZONE 'UTC'
  AND (%(sees_all)s OR p.account_id = ANY(%(accounts)s::bigint[]))
ORDER BY l.at, l.cycle_id LIMIT %(limit)s OFFSET %(offset)s
