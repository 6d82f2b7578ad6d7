-- question: which dates can't be, as they stand?
-- grain: one row per opportunity
WITH deals AS ({deals}), signs AS (
    SELECT d.*, CASE
        WHEN d.closed_at < d.engaged_on::timestamp AT TIME ZONE 'UTC'
          THEN 'closed on ' || to_char(d.closed_at, 'FMDD FMMonth YYYY') || ', engaged only on ' || to_char(d.engaged_on, 'FMDD FMMonth YYYY')
        WHEN (d.closed_at AT TIME ZONE 'UTC')::date < (i.captured_at AT TIME ZONE 'UTC')::date
          THEN d.outcome || ' on ' || to_char(d.closed_at, 'FMDD FMMonth YYYY') || ', before the first contact on '
            || to_char(i.captured_at, 'FMDD FMMonth YYYY')
        WHEN d.engaged_on > (%(at)s AT TIME ZONE 'UTC')::date
          THEN 'engaged on ' || to_char(d.engaged_on, 'FMDD FMMonth YYYY') || ', which is still to come' END AS sign
    FROM deals d LEFT JOIN leads_inquiry i ON i.id = d.inquiry_id)
SELECT 'opportunity' AS noun, id, name, owner_id, owner, sign AS evidence, 1 AS n, coalesce(amount_cents, 0) AS weight
FROM signs WHERE sign IS NOT NULL
