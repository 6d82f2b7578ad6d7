-- question: what became of every inquiry, of every cycle that began without one, and of every deal, as known at a moment?
-- grain: one row per inquiry, per cycle without an inquiry of its own, and per deal; each thing counts in one row only
-- The one place that says how things are counted: the stored rows, their check and every figure of a past day use it.
-- What a cycle reached counts with the first valid inquiry of the cycle; a cycle without one goes back to the person's
-- last inquiry before it. A deal counts with the inquiry it is tied to, else with its cycle's.
WITH RECURSIVE alias AS NOT MATERIALIZED (
    SELECT p.id, p.merged_into_id FROM leads_person p
    WHERE p.merged_into_id IS NOT NULL
      AND (%(present)s OR NOT EXISTS (SELECT 1 FROM leads_fact f WHERE f.kind IN ('merged', 'unmerged')
                                      AND f.other_id = p.id AND f.person_id IS NOT NULL))
    UNION ALL -- of a past day: what the last merge or its undoing had said by then
    SELECT f.other_id, f.person_id FROM leads_fact f
    WHERE NOT %(present)s AND f.kind = 'merged' AND f.person_id IS NOT NULL AND {fact_known} <= %(at)s
      AND NOT EXISTS (SELECT 1 FROM leads_fact f2 WHERE f2.kind IN ('merged', 'unmerged') AND f2.other_id = f.other_id
                      AND f2.person_id IS NOT NULL AND f2.id > f.id AND {withdrawal_known} <= %(at)s)
), merged (id, root, steps) AS (
    SELECT p.id, p.merged_into_id, 1 FROM alias p WHERE {aliases}
    UNION ALL
    SELECT m.id, p.merged_into_id, m.steps + 1 FROM merged m JOIN alias p ON p.id = m.root WHERE m.steps < 50
), root AS (
    SELECT DISTINCT ON (id) id, root FROM merged ORDER BY id, steps DESC
), later AS ( -- what imports of later days overwrote, as it was
    SELECT DISTINCT ON (r.noun, r.noun_id, b.key) r.noun, r.noun_id AS id, b.key, b.value #>> '{}' AS value
    FROM leads_import m
    JOIN leads_importrow r ON r.run_id = m.id AND r.outcome = 'updated' AND r.noun IN ('inquiry', 'opportunity')
    CROSS JOIN LATERAL jsonb_each(CASE WHEN jsonb_typeof(r.before) = 'object' THEN r.before ELSE '{}' END) b
    WHERE NOT %(present)s AND m.started_at > %(at)s AND m.voided_at IS NULL
    ORDER BY r.noun, r.noun_id, b.key, r.run_id, r.line
), was AS (
    SELECT noun, id, array_agg(key) AS changed,
           max(value) FILTER (WHERE key = 'source') AS source, max(value) FILTER (WHERE key = 'channel') AS channel,
           max(value) FILTER (WHERE key = 'interest') AS interest,
           (max(value) FILTER (WHERE key = 'product_id'))::bigint AS product_id,
           (max(value) FILTER (WHERE key = 'amount_cents'))::bigint AS amount_cents,
           (max(value) FILTER (WHERE key = 'inquiry_id'))::bigint AS inquiry_id
    FROM later GROUP BY noun, id
), inq AS (
    SELECT i.id, i.person_id, i.account_id, i.captured_at,
           CASE WHEN %(present)s THEN i.valid ELSE COALESCE( -- as it was before it was judged again
             (SELECT v.was_valid FROM leads_validation v WHERE v.inquiry_id = i.id AND v.at > %(at)s
              ORDER BY v.id LIMIT 1), i.valid) END AS valid,
           i.historic, i.cycle_id, i.campaign_id, i.owner_given,
           NULLIF(CASE WHEN 'source' = ANY(w.changed) THEN w.source ELSE i.source END, '') AS source,
           CASE WHEN 'channel' = ANY(w.changed) THEN w.channel ELSE i.channel END AS channel,
           CASE WHEN 'interest' = ANY(w.changed) THEN w.interest ELSE i.interest END AS interest,
           CASE WHEN 'product_id' = ANY(w.changed) THEN w.product_id ELSE i.product_id END AS product_id
    FROM leads_inquiry i LEFT JOIN was w ON w.noun = 'inquiry' AND w.id = i.id
    WHERE {inquiries} AND (i.voided_at IS NULL OR i.voided_at > %(at)s)
      AND CASE WHEN i.historic AND NOT %(recorded)s THEN i.captured_at ELSE i.recorded_at END <= %(at)s
), own AS (
    SELECT DISTINCT ON (cycle_id) cycle_id, id FROM inq WHERE valid AND cycle_id IS NOT NULL
    ORDER BY cycle_id, captured_at, id
), reach AS (
    SELECT s.cycle_id, COALESCE(c.opened_as_id, c.person_id) AS person_id, c.number, c.lead_id, max(s.id) AS last, min(s.at) AS begun_at,
           bool_or(s.before = '' AND s.counts) AS began,
           min(s.at) FILTER (WHERE s.after = 'ready' AND s.counts AND s.before IN ('', 'new', 'nurturing')
                             AND s.reason <> 'joined the lead') AS ready_at,
           bool_or(s.after = 'ready' AND s.reason = 'joined the lead') AS joined,
           min(s.at) FILTER (WHERE s.after = 'handed_off' AND s.counts) AS handed_at,
           min(s.at) FILTER (WHERE s.after = 'accepted' AND s.counts) AS accepted_at,
           min(s.at) FILTER (WHERE s.after = 'opportunity' AND s.counts) AS opened_at,
           min(s.at) FILTER (WHERE s.after = 'won' AND s.counts) AS won_at,
           min(s.at) FILTER (WHERE s.after = 'lost' AND s.counts) AS lost_at,
           bool_or(s.after = 'disqualified' AND s.counts) AS disqualified
    FROM (
        SELECT s.*, m.voided_at IS NULL OR m.voided_at > %(at)s AS counts
        FROM leads_stagechange s LEFT JOIN leads_import m ON m.id = s.imported_id
        WHERE CASE WHEN %(recorded)s THEN GREATEST(s.known_at, m.started_at) ELSE s.known_at END <= %(at)s
    ) s
    JOIN leads_cycle c ON c.id = s.cycle_id
    WHERE {cycles}
    GROUP BY s.cycle_id, c.id
), deal AS (
    SELECT o.id, CASE WHEN 'inquiry_id' = ANY(w.changed) THEN w.inquiry_id ELSE o.inquiry_id END AS inquiry_id,
           o.cycle_id, o.person_id, o.account_id, o.owner_id, o.owner_given, o.product_id, o.judged, o.currency,
           CASE WHEN (o.known_at AT TIME ZONE 'UTC')::date = o.engaged_on THEN o.known_at
                ELSE COALESCE(o.engaged_on::timestamp AT TIME ZONE 'UTC', o.known_at, o.created_at) END AS opened_at,
           x.outcome, CASE WHEN x.outcome = o.outcome THEN o.closed_at ELSE e.happened_at END AS closed_at,
           CASE WHEN %(present)s THEN o.amount_cents
                WHEN 'amount_cents' = ANY(w.changed) THEN w.amount_cents
                WHEN EXISTS (SELECT 1 FROM leads_fact f WHERE f.kind IN ('opportunity_moved', 'won') AND f.other_id = o.id
                             AND f.amount_cents IS NOT NULL AND {fact_known} > %(at)s)
                THEN (SELECT f.amount_cents FROM leads_fact f WHERE f.kind IN ('opportunity_moved', 'won')
                      AND f.other_id = o.id AND f.amount_cents IS NOT NULL AND {fact_known} <= %(at)s
                      ORDER BY f.id DESC LIMIT 1)
                ELSE o.amount_cents END AS amount_cents
    FROM leads_opportunity o
    LEFT JOIN was w ON w.noun = 'opportunity' AND w.id = o.id
    LEFT JOIN LATERAL ( -- how it had ended by then, if that was not withdrawn by then
        SELECT f.kind, f.happened_at FROM leads_fact f
        WHERE NOT %(present)s AND f.kind IN ('won', 'lost') AND f.other_id = o.id AND {fact_known} <= %(at)s
          AND NOT EXISTS (SELECT 1 FROM leads_fact f2 WHERE f2.kind = 'withdrawn' AND f2.other_id = f.id
                          AND {withdrawal_known} <= %(at)s)
        ORDER BY f.id DESC LIMIT 1
    ) e ON true
    CROSS JOIN LATERAL (
        SELECT CASE WHEN %(present)s THEN o.outcome
                    WHEN e.kind IS NOT NULL THEN e.kind
                    WHEN EXISTS (SELECT 1 FROM leads_fact f WHERE f.kind IN ('won', 'lost') AND f.other_id = o.id)
                    THEN 'open'
                    WHEN COALESCE(o.closed_at, o.known_at, o.created_at) <= %(at)s THEN o.outcome
                    ELSE 'open' END AS outcome
    ) x
    WHERE {deals} AND (o.voided_at IS NULL OR o.voided_at > %(at)s)
      AND CASE WHEN %(recorded)s THEN o.created_at ELSE COALESCE(o.known_at, o.created_at) END <= %(at)s
), trip AS (
    SELECT r.*, l.after AS stage, l.at AS stage_at, o.id AS own_id,
           r.ready_at IS NOT NULL OR NOT r.joined AS counted, -- who joined another's lead is no lead of their own
           EXISTS (SELECT 1 FROM deal d WHERE d.cycle_id = r.cycle_id) AS has_deal
    FROM reach r JOIN leads_stagechange l ON l.id = r.last LEFT JOIN own o ON o.cycle_id = r.cycle_id
), origin AS (
    SELECT DISTINCT ON (t.cycle_id) t.cycle_id, i.id
    FROM trip t JOIN inq i ON i.person_id = t.person_id AND i.valid AND i.captured_at <= t.begun_at
    WHERE t.own_id IS NULL ORDER BY t.cycle_id, i.captured_at DESC, i.id DESC
), lead AS (
    SELECT t.*, CASE WHEN counted THEN COALESCE(ready_at, handed_at, accepted_at) END AS lead_at,
           NOT has_deal AND NOT joined AND COALESCE(ready_at, handed_at, accepted_at) IS NULL AS bare
    FROM trip t
), reached AS (
    SELECT cycle_id, own_id, person_id, number, lead_id, begun_at, stage, stage_at, began,
           lead_at, CASE WHEN counted THEN handed_at END AS handed_at, CASE WHEN counted THEN accepted_at END AS accepted_at,
           opened_at, COALESCE(won_at, lost_at) AS closed_at, 1 AS prospects, (lead_at IS NOT NULL)::int AS leads,
           (counted AND handed_at IS NOT NULL)::int AS handed_off, (counted AND accepted_at IS NOT NULL)::int AS accepted,
           (counted AND EXISTS (SELECT 1 FROM leads_handoff h WHERE h.lead_id = lead.lead_id AND h.response = 'rejected'
                                AND h.responded_at <= %(at)s))::int AS rejected,
           (lead_at IS NOT NULL AND stage IN ('ready', 'handed_off'))::int AS waiting,
           (lead_at IS NULL AND opened_at IS NULL AND stage IN ('disqualified', 'recycled', 'merged', 'won', 'lost'))::int
             AS ended_early,
           (counted AND accepted_at IS NOT NULL AND opened_at IS NULL AND stage IN ('disqualified', 'recycled'))::int
             AS let_go,
           disqualified::int AS disqualified,
           -- a stage that a file gave, without a lead and without a deal of its own, counts as one
           (opened_at IS NOT NULL AND bare)::int AS opportunities, (won_at IS NOT NULL AND bare)::int AS won,
           (lost_at IS NOT NULL AND bare)::int AS lost
    FROM lead
), thing AS (
    SELECT 'inquiry' AS kind, i.id AS inquiry_id, r.cycle_id, NULL::bigint AS deal_id, i.person_id, i.account_id,
           i.captured_at, c.number AS cycle, c.lead_id, r.stage, r.stage_at, r.lead_at, r.handed_at, r.accepted_at,
           r.opened_at, r.closed_at, '' AS currency, 1 AS inquiries, i.valid::int AS valid,
           (i.interest = 'active')::int AS active, i.historic::int AS claimed, r.prospects, r.leads, r.handed_off,
           r.accepted, r.rejected, r.waiting, r.ended_early, r.let_go, r.disqualified, r.opportunities, r.won, r.lost,
           0 AS wins_unjudged, 0::bigint AS won_cents, NULL::bigint AS owner_id, '' AS owner_given,
           NULL::bigint AS product_id
    FROM inq i LEFT JOIN reached r ON r.own_id = i.id LEFT JOIN leads_cycle c ON c.id = i.cycle_id
    UNION ALL
    SELECT 'cycle', g.id, r.cycle_id, NULL, r.person_id, p.account_id, COALESCE(i.captured_at, r.begun_at), r.number,
           r.lead_id, r.stage, r.stage_at, r.lead_at, r.handed_at, r.accepted_at, r.opened_at, r.closed_at, '',
           0, 0, 0, 0, r.prospects, r.leads, r.handed_off, r.accepted, r.rejected, r.waiting, r.ended_early, r.let_go,
           r.disqualified, r.opportunities, r.won, r.lost, 0, 0, NULL, '', NULL
    FROM reached r JOIN leads_person p ON p.id = r.person_id LEFT JOIN origin g ON g.cycle_id = r.cycle_id
    LEFT JOIN inq i ON i.id = g.id
    WHERE r.own_id IS NULL AND r.began
    UNION ALL
    SELECT 'deal', i.id, d.cycle_id, d.id, COALESCE(i.person_id, t.person_id, d.person_id), d.account_id,
           COALESCE(i.captured_at, d.opened_at), COALESCE(c.number, t.number), COALESCE(c.lead_id, t.lead_id),
           NULL, NULL, NULL, NULL, NULL, d.opened_at, CASE WHEN d.outcome <> 'open' THEN d.closed_at END, d.currency,
           0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, (d.outcome = 'won')::int, (d.outcome = 'lost')::int,
           (d.outcome = 'won' AND NOT d.judged)::int, CASE WHEN d.outcome = 'won' THEN COALESCE(d.amount_cents, 0) ELSE 0 END,
           d.owner_id, d.owner_given, d.product_id
    FROM deal d
    LEFT JOIN trip t ON t.cycle_id = d.cycle_id
    LEFT JOIN origin g ON g.cycle_id = d.cycle_id
    LEFT JOIN inq a ON a.id = d.inquiry_id
    LEFT JOIN inq i ON i.id = COALESCE(a.id, t.own_id, g.id)
    LEFT JOIN leads_cycle c ON c.id = COALESCE(d.cycle_id, i.cycle_id)
), said AS ( -- what was known of an account by then, where that is on record at all
    SELECT f.account_id, f.code, (array_agg(f.value ORDER BY f.id DESC) FILTER (WHERE {fact_known} <= %(at)s))[1] AS value
    FROM leads_fact f
    WHERE NOT %(present)s AND %(by)s IN ('industry', 'country') AND f.kind = 'described' AND f.person_id IS NULL
      AND f.code = %(by)s
    GROUP BY f.account_id, f.code
), named AS (
    SELECT g.given, min(u.id) AS user_id
    FROM (SELECT owner_given AS given FROM inq UNION SELECT owner_given FROM deal) g
    JOIN leads_user u ON g.given IN (u.name, u.external_name) OR lower(g.given) = u.email
    WHERE NOT %(present)s AND g.given <> '' GROUP BY g.given
)
SELECT t.kind, t.inquiry_id, t.cycle_id, t.deal_id, t.person_id, COALESCE(root.root, t.person_id) AS who_id,
       t.account_id, t.captured_at, date_trunc('month', t.captured_at AT TIME ZONE 'UTC')::date AS month,
       i.source, i.channel, i.interest, i.campaign_id, COALESCE(t.product_id, i.product_id) AS product_id, t.cycle,
       COALESCE('#' || COALESCE(t.owner_id, n.user_id), '=' || NULLIF(t.owner_given, ''),
                '#' || CASE WHEN %(present)s THEN p.owner_id ELSE COALESCE(h.rep_id, ni.user_id) END,
                '=' || NULLIF(i.owner_given, '')) AS owner,
       CASE WHEN %(present)s THEN g.grade ELSE l.grade END AS grade,
       NULLIF(CASE WHEN si.account_id IS NOT NULL THEN si.value ELSE COALESCE(b.industry, a.industry) END, '') AS industry,
       NULLIF(CASE WHEN sc.account_id IS NOT NULL THEN sc.value ELSE COALESCE(b.country, a.country) END, '') AS country,
       t.stage, (t.stage_at AT TIME ZONE 'UTC')::date AS stage_on,
       t.lead_at, t.handed_at, t.accepted_at, t.opened_at, t.closed_at, t.currency,
       t.inquiries, t.valid, t.active, t.claimed, COALESCE(t.prospects, 0) AS prospects, COALESCE(t.leads, 0) AS leads,
       COALESCE(t.handed_off, 0) AS handed_off, COALESCE(t.accepted, 0) AS accepted, COALESCE(t.rejected, 0) AS rejected,
       COALESCE(t.waiting, 0) AS waiting, COALESCE(t.ended_early, 0) AS ended_early, COALESCE(t.let_go, 0) AS let_go,
       COALESCE(t.disqualified, 0) AS disqualified, COALESCE(t.opportunities, 0) AS opportunities,
       COALESCE(t.won, 0) AS won, COALESCE(t.lost, 0) AS lost, t.wins_unjudged, t.won_cents
FROM thing t
LEFT JOIN inq i ON i.id = t.inquiry_id
LEFT JOIN root ON root.id = t.person_id
LEFT JOIN leads_person p ON p.id = COALESCE(root.root, t.person_id)
LEFT JOIN leads_personstanding g ON g.person_id = p.id AND %(present)s
LEFT JOIN leads_lead l ON l.id = t.lead_id AND NOT %(present)s AND l.made_at <= %(at)s
LEFT JOIN LATERAL (
    SELECT h.rep_id FROM leads_handoff h WHERE NOT %(present)s AND h.lead_id = t.lead_id AND h.given_at <= %(at)s
    ORDER BY h.given_at DESC, h.id DESC LIMIT 1
) h ON true
LEFT JOIN named n ON n.given = t.owner_given
LEFT JOIN named ni ON ni.given = i.owner_given
LEFT JOIN leads_account a ON a.id = t.account_id
LEFT JOIN leads_account b ON b.id = a.merged_into_id
LEFT JOIN said si ON si.account_id = t.account_id AND si.code = 'industry'
LEFT JOIN said sc ON sc.account_id = t.account_id AND sc.code = 'country'
