-- question: what came in and went out in all by period, out of the summed moves, for now or the end of a day?
-- grain: one row per period; the beginning of stock_by.sql
change AS (
    SELECT '' AS key, date_trunc('{unit}', day::timestamp) AS period,
           COALESCE(sum(moves) FILTER (WHERE after = ANY(%(open)s::text[]) AND before <> ALL(%(open)s::text[])), 0) AS came_in,
           COALESCE(sum(moves) FILTER (WHERE before = ANY(%(open)s::text[]) AND after <> ALL(%(open)s::text[])), 0) AS went_out
    FROM leads_funnelflow WHERE day <= (%(at)s::timestamptz AT TIME ZONE 'UTC')::date GROUP BY 2
)
