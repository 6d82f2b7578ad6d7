-- question: what is further on than its stage says?
-- grain: one row per lead that was met and has its answers but no opportunity, and per prospect that sales talks with
WITH held AS ({held})
SELECT 'lead' AS noun, h.id, h.name, h.owner_id, h.owner,
       'accepted; met ' || h.met || ' times, and budget, need and timing are answered' AS evidence, 1 AS n, h.talks AS weight
FROM held h JOIN leads_personstanding s ON s.person_id = h.person_id
WHERE h.stage = 'accepted' AND h.met > 0
  AND s.levels[3] = 'yes' AND s.levels[1] IN ('partly', 'yes') AND s.levels[4] IN ('partly', 'yes')
UNION ALL
SELECT 'person', p.id, trim(p.first_name || ' ' || p.last_name) || ' at ' || a.name, u.id, u.name,
       c.stage || '; ' || u.name || ' talked with them ' || t.talks || ' times', 1, t.talks
FROM leads_cycle c
JOIN leads_person p ON p.id = c.person_id
JOIN leads_account a ON a.id = p.account_id
JOIN LATERAL (
    SELECT rep_id, count(*) AS talks FROM leads_touch t JOIN leads_user r ON r.id = t.rep_id AND r.role = 'rep'
    WHERE t.cycle_id = c.id AND t.result IN ('spoke', 'met', 'replied') AND t.done_at <= %(at)s
    GROUP BY rep_id HAVING count(*) > 1 ORDER BY count(*) DESC, rep_id LIMIT 1) t ON true
JOIN leads_user u ON u.id = t.rep_id
WHERE c.stage IN ('new', 'nurturing')
