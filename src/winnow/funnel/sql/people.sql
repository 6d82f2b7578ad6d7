-- question: who stands behind one number of the funnel?
-- grain: one row per thing that the number counts, the newest first; people once each
SELECT * FROM (
    SELECT {distinct} r.inquiry_id, r.deal_id, r.cycle_id, r.person_id, r.account_id, r.id_of AS number, r.captured_at,
           {at} AS at
    FROM (SELECT *, COALESCE(deal_id, inquiry_id, cycle_id) AS id_of FROM {rows}) r
    WHERE {counts} AND r.captured_at >= %(start)s AND r.captured_at < %(end)s AND {value} AND {within} AND {visible}
    {one_each}
) b
ORDER BY at DESC NULLS LAST, number DESC LIMIT %(limit)s OFFSET %(offset)s
