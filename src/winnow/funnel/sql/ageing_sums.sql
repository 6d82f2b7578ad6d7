-- question: the same as ageing.sql for now, out of the kept sums
-- grain: one row per open stage
WITH held AS (
    SELECT value AS stage, month AS since, stock AS held FROM leads_funnelcell WHERE dimension = 'stock' AND stock <> 0
)
{classes}
