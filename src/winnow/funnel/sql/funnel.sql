-- question: how many inquiries became prospects, leads, accepted leads, opportunities and wins, by one attribute?
-- grain: one row per value of the attribute; a missing value is NULL, which is not the word "unknown"
-- An inquiry counts in the row of its own attribute. What a cycle reached counts once, with the inquiry that opened it.
-- A deal counts once, with the inquiry it is tied to, else with the one that opened its cycle, else without one.
WITH inquiry AS (
    SELECT i.*, CASE WHEN i.historic THEN i.captured_at ELSE i.recorded_at END AS known_at
    FROM leads_inquiry i
    WHERE i.voided_at IS NULL
), seen AS (
    SELECT * FROM inquiry
    WHERE known_at <= %(as_of)s AND captured_at >= %(start)s AND captured_at < %(end)s
), reached AS (
    SELECT cycle_id,
           bool_or(after IN ('ready', 'handed_off', 'accepted')) AS lead,
           bool_or(after = 'handed_off') AS handed_off,
           bool_or(after = 'accepted') AS accepted,
           bool_or(after = 'disqualified') AS disqualified
    FROM leads_stagechange WHERE known_at <= %(as_of)s
    GROUP BY cycle_id
), opened AS (
    SELECT DISTINCT ON (cycle_id) cycle_id, id
    FROM inquiry WHERE cycle_id IS NOT NULL AND valid
    ORDER BY cycle_id, captured_at, id
), deal AS (
    SELECT o.id, COALESCE(o.inquiry_id, f.id) AS inquiry_id, o.account_id, o.owner_id, o.owner_given, o.product_id,
           o.cycle_id, o.amount_cents, o.judged, o.person_id,
           CASE WHEN o.outcome <> 'open' AND COALESCE(o.closed_at, o.known_at, o.created_at) <= %(as_of)s
                THEN o.outcome ELSE 'open' END AS outcome
    FROM leads_opportunity o
    LEFT JOIN opened f ON f.cycle_id = o.cycle_id
    WHERE o.voided_at IS NULL AND COALESCE(o.known_at, o.created_at) <= %(as_of)s
), counted AS (
    SELECT {inquiry_dimension} AS value, 1 AS inquiries, i.valid::int AS valid, (i.interest = 'active')::int AS active,
           i.person_id, (i.valid AND i.cycle_id IS NOT NULL AND f.id = i.id)::int AS prospects,
           (f.id = i.id AND COALESCE(r.lead, false))::int AS leads,
           (f.id = i.id AND COALESCE(r.handed_off, false))::int AS handed_off,
           (f.id = i.id AND COALESCE(r.accepted, false))::int AS accepted,
           (f.id = i.id AND COALESCE(r.disqualified, false))::int AS disqualified,
           i.historic::int AS claimed,
           0 AS opportunities, 0 AS won, 0 AS lost, 0::bigint AS won_cents, 0 AS wins_unjudged, 0::bigint AS largest_cents
    FROM seen i
    LEFT JOIN opened f ON f.cycle_id = i.cycle_id
    LEFT JOIN reached r ON r.cycle_id = i.cycle_id
    {inquiry_join}
    UNION ALL
    SELECT {deal_dimension}, 0, 0, 0, NULL, 0, 0, 0, 0, 0, 0,
           1, (d.outcome = 'won')::int, (d.outcome = 'lost')::int,
           CASE WHEN d.outcome = 'won' THEN COALESCE(d.amount_cents, 0) ELSE 0 END,
           (d.outcome = 'won' AND NOT d.judged)::int,
           CASE WHEN d.outcome = 'won' THEN COALESCE(d.amount_cents, 0) ELSE 0 END
    FROM deal d
    LEFT JOIN inquiry i ON i.id = d.inquiry_id
    {deal_join}
    WHERE i.id IS NULL AND NOT %(ranged)s OR i.captured_at >= %(start)s AND i.captured_at < %(end)s
)
SELECT value, sum(inquiries) AS inquiries, sum(valid) AS valid, sum(active) AS active,
       count(DISTINCT person_id) AS people, sum(prospects) AS prospects, sum(leads) AS leads,
       sum(handed_off) AS handed_off, sum(accepted) AS accepted, sum(disqualified) AS disqualified,
       sum(opportunities) AS opportunities, sum(won) AS won, sum(lost) AS lost, sum(won_cents) AS won_cents,
       sum(wins_unjudged) AS wins_unjudged, max(largest_cents) AS largest_cents, sum(claimed) AS claimed
FROM counted GROUP BY value
