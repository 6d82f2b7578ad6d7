-- question: of those who were won, how many personal contacts had there been?
-- grain: one row per span of contacts; the spans overlap, as the claims do
SELECT span.label, count(*) FILTER (WHERE won.made BETWEEN span.low AND span.high) AS hits, count(*) AS cases
FROM (
    SELECT c.id, count(*) AS made
    FROM leads_cycle c JOIN leads_touch t ON t.cycle_id = c.id AND t.done_at <= c.closed_at
    WHERE c.stage = 'won' AND c.closed_at <= %(at)s AND c.opened_at >= %(start)s AND c.opened_at < %(end)s
    GROUP BY c.id
) won CROSS JOIN (VALUES ('1 by the 3rd contact', 1, 3), ('2 by the 6th contact', 1, 6), ('3 on the 5th to 12th', 5, 12))
    AS span (label, low, high)
GROUP BY span.label ORDER BY span.label
