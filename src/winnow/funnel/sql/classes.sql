-- question: how many of what is held belong to which class of age?
-- grain: one row per open stage; the end of ageing.sql and of ageing_sums.sql
SELECT stage, sum(held) AS on_hand,
       COALESCE(sum(held) FILTER (WHERE age < 8), 0) AS days_0_7,
       COALESCE(sum(held) FILTER (WHERE age BETWEEN 8 AND 30), 0) AS days_8_30,
       COALESCE(sum(held) FILTER (WHERE age BETWEEN 31 AND 90), 0) AS days_31_90,
       COALESCE(sum(held) FILTER (WHERE age BETWEEN 91 AND 180), 0) AS days_91_180,
       COALESCE(sum(held) FILTER (WHERE age > 180), 0) AS days_over_180
FROM (SELECT stage, held, (%(at)s::timestamptz AT TIME ZONE 'UTC')::date - since AS age FROM held) aged
GROUP BY stage ORDER BY array_position(%(open)s::text[], stage)
