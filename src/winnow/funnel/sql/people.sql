-- question: who stands behind one number of the funnel?
-- grain: one row per inquiry or deal behind the number, newest first; the same counting as in funnel.sql
WITH inquiry AS (
    SELECT i.*, CASE WHEN i.historic THEN i.captured_at ELSE i.recorded_at END AS known_at
    FROM leads_inquiry i WHERE i.voided_at IS NULL
), opened AS (
    SELECT DISTINCT ON (cycle_id) cycle_id, id FROM inquiry WHERE cycle_id IS NOT NULL AND valid
    ORDER BY cycle_id, captured_at, id
), reached AS (
    SELECT cycle_id,
           bool_or(after IN ('ready', 'handed_off', 'accepted')) AS lead,
           bool_or(after = 'handed_off') AS handed_off,
           bool_or(after = 'accepted') AS accepted
    FROM leads_stagechange WHERE known_at <= %(as_of)s GROUP BY cycle_id
), behind AS (
    SELECT i.id AS inquiry_id, NULL::bigint AS opportunity_id, i.person_id, i.account_id, i.captured_at AS at
    FROM inquiry i
    LEFT JOIN opened f ON f.cycle_id = i.cycle_id
    LEFT JOIN reached r ON r.cycle_id = i.cycle_id
    {inquiry_join}
    WHERE %(stage)s IN ('inquiries', 'valid', 'active', 'prospects', 'leads', 'handed_off', 'accepted')
      AND i.known_at <= %(as_of)s AND i.captured_at >= %(start)s AND i.captured_at < %(end)s
      AND (%(any)s OR {inquiry_dimension} IS NOT DISTINCT FROM %(value)s)
      AND CASE %(stage)s WHEN 'inquiries' THEN true WHEN 'valid' THEN i.valid WHEN 'active' THEN i.interest = 'active'
               WHEN 'prospects' THEN i.valid AND f.id = i.id
               WHEN 'leads' THEN f.id = i.id AND COALESCE(r.lead, false)
               WHEN 'handed_off' THEN f.id = i.id AND COALESCE(r.handed_off, false)
               ELSE f.id = i.id AND COALESCE(r.accepted, false) END
    UNION ALL
    SELECT i.id, d.id, COALESCE(d.person_id, i.person_id), d.account_id,
           COALESCE(d.closed_at, d.known_at, d.created_at)
    FROM leads_opportunity d
    LEFT JOIN opened f ON f.cycle_id = d.cycle_id
    LEFT JOIN inquiry i ON i.id = COALESCE(d.inquiry_id, f.id)
    {deal_join}
    WHERE %(stage)s IN ('opportunities', 'won', 'lost') AND d.voided_at IS NULL
      AND COALESCE(d.known_at, d.created_at) <= %(as_of)s
      AND (%(any)s OR {deal_dimension} IS NOT DISTINCT FROM %(value)s)
      AND (i.id IS NULL AND NOT %(ranged)s OR i.captured_at >= %(start)s AND i.captured_at < %(end)s)
      AND (%(stage)s = 'opportunities'
           OR d.outcome = %(stage)s AND COALESCE(d.closed_at, d.known_at, d.created_at) <= %(as_of)s)
)
SELECT b.inquiry_id, b.opportunity_id, b.person_id, b.account_id, b.at, count(*) OVER () AS all_of_them
FROM behind b
ORDER BY b.at DESC NULLS LAST, b.inquiry_id DESC NULLS LAST, b.opportunity_id DESC NULLS LAST
LIMIT %(limit)s OFFSET %(offset)s
