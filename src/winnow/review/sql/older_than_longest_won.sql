-- question: which open opportunities have taken longer than any that was ever won?
-- grain: one row per opportunity
WITH deals AS ({deals}),
     longest AS (SELECT max((closed_at AT TIME ZONE 'UTC')::date - engaged_on) AS days FROM deals WHERE outcome = 'won')
SELECT 'opportunity' AS noun, d.id, d.name, d.owner_id, d.owner,
       'open for ' || ((%(at)s AT TIME ZONE 'UTC')::date - d.engaged_on) || ' days; the longest that was won took '
         || longest.days AS evidence,
       1 AS n, (%(at)s AT TIME ZONE 'UTC')::date - d.engaged_on AS weight
FROM deals d, longest
WHERE d.outcome = 'open' AND (%(at)s AT TIME ZONE 'UTC')::date - d.engaged_on > longest.days
