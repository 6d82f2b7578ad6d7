-- question: what became of everybody who came to the booth of an event?
-- grain: one row
WITH RECURSIVE came AS (
    SELECT i.id, i.person_id, i.valid, i.captured_at, i.answered_at
    FROM leads_arrival a
    JOIN leads_inquiry i ON i.id = a.inquiry_id
    WHERE a.sender = %(sender)s AND i.voided_at IS NULL
), up (asked, id, into_id) AS (
    SELECT DISTINCT c.person_id, p.id, p.merged_into_id FROM came c JOIN leads_person p ON p.id = c.person_id
    UNION
    SELECT up.asked, p.id, p.merged_into_id FROM up JOIN leads_person p ON p.id = up.into_id
), visit AS (
    SELECT up.id AS person_id, bool_or(came.valid) AS valid, min(came.captured_at) AS first_at,
           bool_or(came.valid AND came.answered_at IS NULL) AS unanswered
    FROM came JOIN up ON up.asked = came.person_id AND up.into_id IS NULL
    GROUP BY 1
), now_is AS (
    SELECT v.*, (SELECT c.stage FROM leads_cycle c WHERE c.person_id = v.person_id AND c.stage <> 'merged'
                 ORDER BY c.closed_at DESC NULLS FIRST, c.number DESC LIMIT 1) AS stage
    FROM visit v
), given AS (
    SELECT DISTINCT h.lead_id, h.response
    FROM now_is v
    JOIN leads_cycle c ON c.person_id = v.person_id
    JOIN leads_handoff h ON h.lead_id = c.lead_id AND h.given_at >= v.first_at AND h.response <> 'recalled'
)
SELECT (SELECT count(*) FROM came) AS entries,
       (SELECT count(*) FROM now_is) AS visitors,
       (SELECT count(*) FROM now_is WHERE valid AND stage IS DISTINCT FROM 'disqualified') AS prospects,
       (SELECT count(DISTINCT lead_id) FROM given) AS qsos,
       (SELECT count(DISTINCT lead_id) FROM given WHERE response = 'accepted') AS accepted,
       (SELECT count(*) FROM now_is WHERE unanswered AND stage IS DISTINCT FROM 'disqualified') AS unanswered
