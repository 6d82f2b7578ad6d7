-- question: what is open, and nothing has happened for long?
-- grain: one row per lead or imported opportunity without any sign of life for %(stale_days)s days
WITH deals AS ({deals}), held AS ({held}), alive AS (
    SELECT d.id, GREATEST(d.engaged_on::timestamp AT TIME ZONE 'UTC',
             (SELECT max(f.happened_at) FROM leads_fact f
              WHERE f.person_id = d.person_id AND f.recorded_at <= %(at)s
                AND f.kind IN ('inquiry', 'content_taken', 'mail_replied', 'called', 'met', 'touch', 'answered'))) AS seen_at
    FROM deals d WHERE d.outcome = 'open' AND d.lead_id IS NULL AND d.engaged_on IS NOT NULL)
SELECT 'lead' AS noun, id, name, owner_id, owner, 'nothing since ' || to_char(seen_at, 'FMDD FMMonth YYYY') AS evidence, 1 AS n,
       extract(epoch FROM %(at)s - seen_at)::bigint AS weight
FROM held WHERE (%(at)s AT TIME ZONE 'UTC')::date - (seen_at AT TIME ZONE 'UTC')::date > %(stale_days)s
UNION ALL
SELECT 'opportunity', d.id, d.name, d.owner_id, d.owner, 'nothing since ' || to_char(a.seen_at, 'FMDD FMMonth YYYY'), 1,
       extract(epoch FROM %(at)s - a.seen_at)::bigint
FROM deals d JOIN alive a USING (id)
WHERE (%(at)s AT TIME ZONE 'UTC')::date - (a.seen_at AT TIME ZONE 'UTC')::date > %(stale_days)s
