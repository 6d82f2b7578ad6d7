-- question: on which days did who move how many cycles and opportunities on?
-- grain: one row per person of the firm, kind of move and day
WITH deals AS ({deals})
SELECT u.id, u.name, 'moved on' AS what, (s.at AT TIME ZONE 'UTC')::date AS day, count(*) AS n
FROM leads_stagechange s JOIN leads_user u ON u.id = s.by_id
WHERE s.imported_id IS NULL AND s.after IN ('handed_off', 'accepted', 'opportunity', 'won') AND s.at <= %(at)s
GROUP BY 1, 2, 3, 4
UNION ALL
SELECT owner_id, owner, 'engaged', engaged_on, count(*)
FROM deals WHERE imported_id IS NOT NULL AND owner <> '' AND engaged_on <= (%(at)s AT TIME ZONE 'UTC')::date GROUP BY 1, 2, 3, 4
UNION ALL
SELECT owner_id, owner, 'won', (closed_at AT TIME ZONE 'UTC')::date, count(*)
FROM deals WHERE imported_id IS NOT NULL AND owner <> '' AND outcome = 'won' AND closed_at IS NOT NULL GROUP BY 1, 2, 3, 4
ORDER BY 2, 3, 4
