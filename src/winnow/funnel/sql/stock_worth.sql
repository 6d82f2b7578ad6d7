-- question: what is on hand, by stage, class of age and grade, and what amounts do its own deals have?
-- grain: one row per stage, class of age, grade and value of the attribute
SELECT r.stage, (SELECT max(n) - 1 FROM unnest(%(since)s::int[]) WITH ORDINALITY k (least, n)
                 WHERE (%(at)s::timestamptz AT TIME ZONE 'UTC')::date - r.stage_on >= k.least OR n = 1) AS age,
       r.grade, {value} AS value, count(*) AS on_hand, count(d.amount) AS with_deal, COALESCE(sum(d.amount), 0) AS deal_cents
FROM {rows} r
LEFT JOIN (
    SELECT o.cycle_id, sum(COALESCE((
               SELECT f.amount_cents FROM leads_fact f
               WHERE f.kind = 'opportunity_moved' AND f.other_id = o.id AND f.amount_cents IS NOT NULL AND f.known_at <= %(at)s
               ORDER BY f.id DESC LIMIT 1), o.amount_cents)) AS amount
    FROM leads_opportunity o
    WHERE o.cycle_id IS NOT NULL AND o.currency = %(currency)s AND COALESCE(o.known_at, o.created_at) <= %(at)s
      AND (o.outcome = 'open' OR o.closed_at > %(at)s) AND (o.voided_at IS NULL OR o.voided_at > %(at)s)
    GROUP BY 1
) d ON d.cycle_id = r.cycle_id
WHERE r.prospects > 0 AND r.stage = ANY(%(open)s::text[])
GROUP BY 1, 2, 3, 4
