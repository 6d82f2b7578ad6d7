-- question: whose rows have to be counted again, when these people, accounts and deals were touched?
-- grain: one row: all their numbers before any merge, and the deals that go back to them
WITH RECURSIVE asked AS (
    SELECT unnest(%(people)s::bigint[]) AS id
    UNION SELECT p.id FROM leads_person p WHERE p.account_id = ANY(%(accounts)s)
    UNION SELECT i.person_id FROM leads_inquiry i WHERE i.account_id = ANY(%(accounts)s)
    UNION SELECT o.person_id FROM leads_opportunity o WHERE o.id = ANY(%(deals)s)
    UNION SELECT i.person_id FROM leads_opportunity o JOIN leads_inquiry i ON i.id = o.inquiry_id
          WHERE o.id = ANY(%(deals)s)
    UNION SELECT c.person_id FROM leads_opportunity o JOIN leads_cycle c ON c.id = o.cycle_id WHERE o.id = ANY(%(deals)s)
    UNION SELECT r.person_id FROM leads_funnelrow r WHERE r.kind = 'deal' AND r.deal_id = ANY(%(deals)s)
    UNION SELECT c.person_id FROM leads_funnelrow r JOIN leads_cycle c ON c.id = r.cycle_id
          WHERE r.kind = 'deal' AND r.deal_id = ANY(%(deals)s)
), up (id) AS (
    SELECT id FROM asked WHERE id IS NOT NULL
    UNION SELECT p.merged_into_id FROM up JOIN leads_person p ON p.id = up.id WHERE p.merged_into_id IS NOT NULL
), down (id) AS (
    SELECT id FROM up UNION SELECT p.id FROM down JOIN leads_person p ON p.merged_into_id = down.id
), deal AS (
    SELECT unnest(%(deals)s::bigint[]) AS id
    UNION SELECT o.id FROM leads_opportunity o JOIN down ON o.person_id = down.id
    UNION SELECT o.id FROM down JOIN leads_inquiry i ON i.person_id = down.id JOIN leads_opportunity o ON o.inquiry_id = i.id
    UNION SELECT o.id FROM down JOIN leads_cycle c ON c.person_id = down.id JOIN leads_opportunity o ON o.cycle_id = c.id
    UNION SELECT o.id FROM leads_opportunity o WHERE o.person_id IS NULL AND o.account_id = ANY(%(accounts)s)
), side (id) AS ( -- a deal may tie two people: both are counted again
    SELECT i.person_id FROM deal JOIN leads_opportunity o ON o.id = deal.id JOIN leads_inquiry i ON i.id = o.inquiry_id
    UNION SELECT c.person_id FROM deal JOIN leads_opportunity o ON o.id = deal.id JOIN leads_cycle c ON c.id = o.cycle_id
)
SELECT COALESCE((SELECT array_agg(id) FROM (SELECT id FROM down UNION SELECT id FROM side) p), '{}') AS people,
       COALESCE((SELECT array_agg(id) FROM deal), '{}') AS deals
