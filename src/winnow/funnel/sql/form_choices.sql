-- question: what became of those who chose each answer of a form's questions?
-- grain: one row per question and answer, as it is kept with the inquiry
SELECT q.field, q.said, count(*) AS came, count(DISTINCT c.cycle_id) FILTER (WHERE c.qso) AS qso,
       count(DISTINCT c.cycle_id) FILTER (WHERE c.accepted) AS accepted,
       count(DISTINCT c.cycle_id) FILTER (WHERE c.won) AS won
FROM ({came}) c JOIN leads_inquiry i ON i.id = c.id
CROSS JOIN LATERAL (
    SELECT asked.field, COALESCE(i.answers ->> (asked.field || '_words'), i.answers ->> asked.field) AS said
    FROM unnest(%(fields)s::text[]) AS asked(field)
) q
WHERE q.said IS NOT NULL AND c.valid AND (%(version)s::int IS NULL OR c.version = %(version)s)
GROUP BY 1, 2
ORDER BY 1, 3 DESC, 2
