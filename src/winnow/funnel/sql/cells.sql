-- question: what do these rows add to the sums by attribute, campaign, currency and month?
-- grain: one row per cell; %(sign)s is -1 for rows that are gone
-- A person counts in the month of their last inquiry with that value.
WITH seen AS (
    SELECT r.*, d.dimension, d.value,
           (r.kind = 'inquiry' AND row_number() OVER (
               PARTITION BY d.dimension, d.value, r.who_id, r.kind ORDER BY r.captured_at DESC, r.inquiry_id DESC) = 1
           )::int AS people, 0 AS stock
    FROM {rows} AS r
    CROSS JOIN LATERAL (VALUES
        ('all', ''), ('month', to_char(r.month, 'YYYY-MM')), ('source', r.source), ('channel', r.channel), ('interest', r.interest),
        ('campaign', r.campaign_id::text), ('product', r.product_id::text), ('cycle', r.cycle::text),
        ('owner', r.owner), ('grade', r.grade), ('industry', r.industry), ('country', r.country)
    ) d (dimension, value)
)
INSERT INTO {into} AS c (dimension, value, campaign_id, currency, month, people, stock, {counts})
SELECT dimension, value, campaign_id, currency, month, %(sign)s * sum(people), %(sign)s * sum(stock), {sums}
FROM seen GROUP BY dimension, value, campaign_id, currency, month
UNION ALL
SELECT 'stock', stage, NULL, '', stage_on, 0, %(sign)s * count(*), {noughts}
FROM {rows} AS r WHERE stage IN ('new', 'nurturing', 'ready', 'handed_off', 'accepted', 'opportunity')
GROUP BY stage, stage_on
ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (dimension, value, campaign_id, currency, month) DO UPDATE SET
    people = c.people + excluded.people, stock = c.stock + excluded.stock, {added}
