-- question: who moves leads on, or records answers, without any contact within three days before or after?
-- grain: one row per person of the firm and kind of act, with how many of them had no contact near
WITH moves AS (
    SELECT s.by_id, 'moved leads on' AS what, s.at, p.account_id
    FROM leads_stagechange s
    JOIN leads_cycle c ON c.id = s.cycle_id
    JOIN leads_person p ON p.id = c.person_id
    WHERE s.imported_id IS NULL AND s.by_id IS NOT NULL AND s.after IN ('opportunity', 'won') AND s.at <= %(at)s - interval '3 days'
    UNION ALL
    SELECT a.by_id, 'recorded answers', a.said_at, a.account_id
    FROM leads_answer a
    WHERE a.by_id IS NOT NULL AND a.source IN ('rep', 'call', 'meeting') AND a.withdrawn_at IS NULL
      AND a.said_at <= %(at)s - interval '3 days')
SELECT u.id, u.name, m.what, count(*) AS n,
       count(*) FILTER (WHERE NOT EXISTS (
           SELECT 1 FROM leads_fact f
           WHERE f.account_id = m.account_id AND f.happened_at BETWEEN m.at - interval '3 days' AND m.at + interval '3 days'
             AND f.kind IN ('touch', 'called', 'met', 'mail_replied', 'inquiry'))) AS bare
FROM moves m JOIN leads_user u ON u.id = m.by_id
GROUP BY 1, 2, 3
