-- question: what is open and belongs to somebody who has left?
-- grain: one row per opportunity, lead or prospect
WITH deals AS ({deals}), held AS ({held})
SELECT 'opportunity' AS noun, d.id, d.name, d.owner_id, u.name AS owner, u.name || ' has left' AS evidence, 1 AS n,
       coalesce(d.amount_cents, 0) AS weight
FROM deals d JOIN leads_user u ON u.id = d.owner_id AND NOT u.is_active
WHERE d.outcome = 'open' AND d.lead_id IS NULL
UNION ALL
SELECT 'lead', id, name, owner_id, owner, owner || ' has left', 1, 0 FROM held WHERE NOT is_active
UNION ALL
SELECT 'person', p.id, trim(p.first_name || ' ' || p.last_name), p.owner_id, u.name, u.name || ' has left', 1, -1
FROM leads_person p
JOIN leads_user u ON u.id = p.owner_id AND NOT u.is_active
WHERE p.merged_into_id IS NULL AND p.voided_at IS NULL
  AND EXISTS (SELECT 1 FROM leads_cycle c WHERE c.person_id = p.id AND c.stage IN ('new', 'nurturing', 'ready'))
