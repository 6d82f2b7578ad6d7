-- question: who comes in, and how do leads score, in the weeks since a day and in the year before?
-- grain: one row per thing, value and period (1: since then); leads under one definition alone, scores in tenths of 10
SELECT 'channel' AS what, i.channel AS value, (i.captured_at >= %(since)s)::int AS period, count(*) AS cases
FROM leads_inquiry i
WHERE i.valid AND i.voided_at IS NULL AND i.captured_at >= %(before)s AND i.captured_at <= %(at)s
GROUP BY 2, 3
UNION ALL
SELECT 'seniority', p.seniority, (p.created_at >= %(since)s)::int, count(*)
FROM leads_person p
WHERE p.kind = 'human' AND p.voided_at IS NULL AND p.created_at >= %(before)s AND p.created_at <= %(at)s
GROUP BY 2, 3
UNION ALL
SELECT 'industry', a.industry, (a.created_at >= %(since)s)::int, count(*)
FROM leads_account a
WHERE a.kind = 'company' AND a.voided_at IS NULL AND a.created_at >= %(before)s AND a.created_at <= %(at)s
GROUP BY 2, 3
UNION ALL
SELECT 'grade', l.grade, (l.made_at >= %(since)s)::int, count(*)
FROM leads_lead l
WHERE l.definition_id = %(definition)s AND l.made_at >= %(before)s AND l.made_at <= %(at)s
GROUP BY 2, 3
UNION ALL
SELECT 'score', (l.milli / 10000)::text, (l.made_at >= %(since)s)::int, count(*)
FROM leads_lead l
WHERE l.definition_id = %(definition)s AND l.made_at >= %(before)s AND l.made_at <= %(at)s
GROUP BY 2, 3
ORDER BY 1, 2, 3
