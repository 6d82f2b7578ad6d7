-- question: where did each cycle stand at a moment, and since when?
-- grain: one row per cycle, from the ledger of moves; part of stock_people.sql
SELECT DISTINCT ON (s.cycle_id) s.cycle_id, s.after AS stage, s.at FROM leads_stagechange s
WHERE s.known_at <= %(at)s ORDER BY s.cycle_id, s.id DESC
