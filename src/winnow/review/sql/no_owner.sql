-- question: what is open and belongs to nobody?
-- grain: one row per opportunity, or per lead that has been ready for two days
WITH deals AS ({deals})
SELECT 'opportunity' AS noun, id, name, owner_id, '' AS owner, 'open, and no owner is named' AS evidence, 1 AS n,
       coalesce(amount_cents, 0) AS weight
FROM deals WHERE outcome = 'open' AND lead_id IS NULL AND owner_id IS NULL AND owner = ''
UNION ALL
SELECT 'lead', l.id, trim(p.first_name || ' ' || p.last_name) || ' at ' || a.name, NULL, '',
       'ready since ' || to_char(l.made_at, 'FMDD FMMonth YYYY') || ', and with nobody', 1, 0
FROM leads_lead l
JOIN leads_cycle c ON c.lead_id = l.id AND c.person_id = l.person_id AND c.stage = 'ready'
JOIN leads_person p ON p.id = l.person_id
JOIN leads_account a ON a.id = l.account_id
WHERE l.closed_at IS NULL AND l.made_at < %(at)s - interval '2 days'
