-- question: how did each opportunity stand at a moment? One without a date can't say when it was known: it always counts.
-- grain: one row per opportunity; a part of other statements
SELECT o.id, o.account_id, o.person_id, o.lead_id, o.cycle_id, o.owner_id, o.product_id, o.inquiry_id, o.engaged_on,
       o.closes_on, o.amount_cents, coalesce(nullif(o.owner_given, ''), u.name, '') AS owner, o.imported_id,
       CASE WHEN o.outcome = 'open' OR o.closed_at > %(at)s THEN 'open' ELSE o.outcome END AS outcome,
       CASE WHEN o.closed_at <= %(at)s THEN o.closed_at END AS closed_at, a.kind = 'placeholder' AS nowhere,
       concat_ws(' at ', coalesce(nullif(p.name, ''), 'Opportunity'), CASE WHEN a.kind <> 'placeholder' THEN a.name END)
         || coalesce(' (' || o.external_id || ')', '') AS name
FROM leads_opportunity o
JOIN leads_account a ON a.id = o.account_id
LEFT JOIN leads_product p ON p.id = o.product_id
LEFT JOIN leads_user u ON u.id = o.owner_id
WHERE o.voided_at IS NULL AND (o.known_at <= %(at)s OR o.known_at IS NULL OR o.engaged_on IS NULL)
