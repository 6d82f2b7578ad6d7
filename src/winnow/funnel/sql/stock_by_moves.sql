-- question: what came in and went out by an attribute and period, from the ledger of moves?
-- grain: one row per value and period; the beginning of stock_by.sql
whose AS MATERIALIZED (
    SELECT r.cycle_id, {value} AS value FROM {rows} r WHERE r.cycle_id IS NOT NULL AND r.prospects > 0
), change AS MATERIALIZED (
    SELECT COALESCE('=' || w.value, '') AS key, date_trunc('{unit}', {known} AT TIME ZONE 'UTC') AS period,
           count(*) FILTER (WHERE s.after = ANY(%(open)s::text[]) AND s.before <> ALL(%(open)s::text[])) AS came_in,
           count(*) FILTER (WHERE s.before = ANY(%(open)s::text[]) AND s.after <> ALL(%(open)s::text[])) AS went_out
    FROM leads_stagechange s {imports} LEFT JOIN whose w ON w.cycle_id = s.cycle_id
    WHERE {known} <= %(at)s
    GROUP BY 1, 2
)
