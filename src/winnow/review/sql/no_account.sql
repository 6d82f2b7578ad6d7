-- question: which opportunities name no account?
-- grain: one row per opportunity
WITH deals AS ({deals})
SELECT 'opportunity' AS noun, id, name, owner_id, owner, outcome || coalesce(', since ' || engaged_on, ', undated') AS evidence,
       1 AS n, coalesce(amount_cents, 0) AS weight
FROM deals WHERE nowhere
