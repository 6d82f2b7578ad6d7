-- question: where do visitors stop in a form, and what became of those who answered each question?
-- grain: one row per question that stood on any showing of that form (and version)
WITH alike AS ( -- few showings differ: counted once for all that are alike
    SELECT v.asked, v.touched, v.last_field, v.sent_at IS NOT NULL AS sent, count(*) AS many
    FROM leads_formvisit v LEFT JOIN leads_arrival a ON a.id = v.arrival_id
    WHERE v.form_id = %(form)s AND (%(version)s::int IS NULL OR v.version = %(version)s)
      AND CASE WHEN a.id IS NULL THEN v.machine = '' ELSE a.state <> 'quarantined' END
    GROUP BY 1, 2, 3, 4
), shown AS (
    SELECT field, sum(many) AS views, sum(many) FILTER (WHERE field = ANY(touched)) AS starts,
           sum(many) FILTER (WHERE NOT sent AND last_field = field) AS left_here, sum(many) FILTER (WHERE sent) AS sent,
           sum(many) FILTER (WHERE sent AND field = ANY(touched)) AS answered
    FROM alike CROSS JOIN LATERAL unnest(alike.asked) AS field GROUP BY 1
), became AS (
    SELECT field, count(DISTINCT cycle_id) FILTER (WHERE qso) AS qso,
           count(DISTINCT cycle_id) FILTER (WHERE accepted) AS accepted, count(DISTINCT cycle_id) FILTER (WHERE won) AS won
    FROM ({came}) came CROSS JOIN LATERAL unnest(came.touched) AS field
    WHERE %(version)s::int IS NULL OR version = %(version)s GROUP BY 1
)
SELECT s.field, s.views::bigint, COALESCE(s.starts, 0)::bigint AS starts, COALESCE(s.left_here, 0)::bigint AS left_here,
       COALESCE(s.sent, 0)::bigint AS sent, COALESCE(s.answered, 0)::bigint AS answered, COALESCE(b.qso, 0) AS qso,
       COALESCE(b.accepted, 0) AS accepted, COALESCE(b.won, 0) AS won
FROM shown s LEFT JOIN became b USING (field)
