-- question: where does each cycle stand now, and since when?
-- grain: one row per cycle; part of stock_people.sql
SELECT y.id AS cycle_id, y.stage, y.stage_at AS at FROM leads_cycle y
