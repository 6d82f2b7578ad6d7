-- question: which open opportunities name an owner whom Winnow doesn't know?
-- grain: one row per name; n counts opportunities
WITH deals AS ({deals})
SELECT 'user' AS noun, NULL::bigint AS id, owner AS name, NULL::bigint AS owner_id, owner,
       count(*) || ' open opportunities' AS evidence, count(*) AS n, count(*) AS weight
FROM deals WHERE outcome = 'open' AND lead_id IS NULL AND owner_id IS NULL AND owner <> ''
GROUP BY owner
