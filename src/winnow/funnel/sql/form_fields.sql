-- question: where do visitors stop in a form, and what became of those who answered each question?
-- grain: one row per question that stood on any showing of that form (and version)
WITH came AS ({came}), shown AS (
    SELECT v.*, unnest(v.asked) AS field
    FROM leads_formvisit v LEFT JOIN leads_arrival a ON a.id = v.arrival_id
    WHERE v.form_id = %(form)s AND (%(version)s::int IS NULL OR v.version = %(version)s)
      AND CASE WHEN a.id IS NULL THEN v.machine = '' ELSE a.state <> 'quarantined' END
)
SELECT s.field, count(*) AS views, count(*) FILTER (WHERE s.field = ANY(s.touched)) AS starts,
       count(*) FILTER (WHERE s.sent_at IS NULL AND s.last_field = s.field) AS left_here,
       count(*) FILTER (WHERE s.sent_at IS NOT NULL) AS sent,
       count(*) FILTER (WHERE s.sent_at IS NOT NULL AND s.field = ANY(s.touched)) AS answered,
       count(DISTINCT c.cycle_id) FILTER (WHERE c.qso AND s.field = ANY(s.touched)) AS qso,
       count(DISTINCT c.cycle_id) FILTER (WHERE c.accepted AND s.field = ANY(s.touched)) AS accepted,
       count(DISTINCT c.cycle_id) FILTER (WHERE c.won AND s.field = ANY(s.touched)) AS won
FROM shown s LEFT JOIN came c ON c.note = s.note
GROUP BY 1
