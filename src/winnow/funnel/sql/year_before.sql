-- question: how many inquiries were there in the twelve months before, and how many came to us by themselves?
-- grain: one row
SELECT COALESCE(sum(inquiries), 0)::bigint AS inquiries, COALESCE(sum(active), 0)::bigint AS active,
       COALESCE(sum(accepted), 0)::bigint AS accepted, count(DISTINCT month) FILTER (WHERE inquiries > 0) AS months
FROM {rows} WHERE month >= %(first)s AND month < %(last)s {only}
