-- question: which cycles were opened when, and which of them were won or closed when?
-- grain: one row per cycle; without those that only invalid inquiries had opened, or that went to somebody else
SELECT c.id, p.id, p.account_id, c.opened_at, c.stage, c.closed_at
FROM leads_cycle c JOIN leads_person p ON p.id = c.person_id
WHERE c.stage <> 'merged' AND c.reason <> 'not valid' AND p.voided_at IS NULL AND p.kind = 'human'
ORDER BY c.opened_at, c.id
