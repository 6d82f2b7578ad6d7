-- question: how large is one number of the funnel, of everything captured from the first of a month on?
-- grain: one row; out of the kept sums
SELECT COALESCE(sum({stage}), 0)::bigint AS all_of_them, COALESCE(sum({stage}), 0)::bigint AS visible
FROM leads_funnelcell
WHERE dimension = %(by)s AND {value} AND (month >= %(month)s OR %(month)s IS NULL)
