-- question: who stands behind one number of the funnel?
-- grain: one row per thing that the number counts, the newest first; people once each
SELECT * FROM (
    SELECT {distinct} r.inquiry_id, r.deal_id, r.cycle_id, r.person_id, r.account_id, r.captured_at, {at} AS at,
           COALESCE(r.deal_id, r.inquiry_id, r.cycle_id) AS number
    FROM {rows} r
    WHERE {counts} AND r.captured_at >= %(start)s AND r.captured_at < %(end)s AND {value} AND {within} AND {visible}
    {one_each}
) b
ORDER BY at DESC, number DESC LIMIT %(limit)s OFFSET %(offset)s
