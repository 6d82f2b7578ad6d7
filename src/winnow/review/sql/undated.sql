-- question: which open opportunities have no date, so that nobody can tell how old they are?
-- grain: one row per opportunity
WITH deals AS ({deals})
SELECT 'opportunity' AS noun, id, name, owner_id, owner, 'open, no date of any kind' AS evidence, 1 AS n,
       coalesce(amount_cents, 0) AS weight
FROM deals WHERE outcome = 'open' AND engaged_on IS NULL
