-- question: what is being sold without a next step?
-- grain: one row per lead or imported opportunity that is open and has no date ahead
WITH deals AS ({deals}), held AS ({held})
SELECT 'lead' AS noun, id, name, owner_id, owner,
       replace(stage, '_', ' ') || ', nothing dated; last contact ' || to_char(seen_at, 'FMDD FMMonth YYYY') AS evidence, 1 AS n,
       extract(epoch FROM %(at)s - seen_at)::bigint AS weight
FROM held
WHERE response = 'accepted' AND planned_at IS NULL AND (next_step_at IS NULL OR next_step_at < %(at)s)
UNION ALL
SELECT 'opportunity', d.id, d.name, d.owner_id, d.owner, 'open, no contact planned and no close expected', 1,
       coalesce(d.amount_cents, 0) / 1000000
FROM deals d
LEFT JOIN leads_cycle c ON c.id = d.cycle_id
WHERE d.outcome = 'open' AND d.lead_id IS NULL
  AND (d.closes_on IS NULL OR d.closes_on < (%(at)s AT TIME ZONE 'UTC')::date)
  AND (c.next_step_at IS NULL OR c.next_step_at < %(at)s)
  AND NOT EXISTS (SELECT 1 FROM leads_touch t WHERE t.person_id = d.person_id AND t.done_at IS NULL AND t.cancelled_at IS NULL)
