-- question: what happened with an account and the people in it, step by step?
-- grain: one row per fact known by a moment, in the order in which they were recorded
WITH RECURSIVE mine (id) AS (
    SELECT %(account)s::bigint UNION SELECT a.id FROM leads_account a JOIN mine m ON a.merged_into_id = m.id
)
SELECT f.id, f.happened_at, f.known_at, f.recorded_at, f.kind, f.person_id, f.code, f.value, f.source, f.quantity, f.flag,
       f.other_id, f.amount_cents, f.until_at, f.inquiry_id, f.campaign_id, f.by_id, f.claimed,
       w.id AS withdrawn_by
FROM leads_fact f
LEFT JOIN leads_fact w ON w.kind = 'withdrawn' AND w.other_id = f.id AND {withdrawal_known} <= %(at)s
WHERE f.account_id IN (SELECT id FROM mine) AND {fact_known} <= %(at)s
ORDER BY f.id
