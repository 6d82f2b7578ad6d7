-- question: how many things does one number of the funnel count, and how many of them may this user see?
-- grain: one row
SELECT count({what}) AS all_of_them, count({what}) FILTER (WHERE {visible}) AS visible
FROM {rows} r
WHERE {counts} AND r.captured_at >= %(start)s AND r.captured_at < %(end)s AND {value} AND {within}
