-- question: since when are leads, deals and their ends on record?
-- grain: one row
SELECT LEAST((SELECT min(lead_at) FROM {rows} WHERE lead_at IS NOT NULL),
             -- what is said to have ended before it began tells nothing: one wrong date would hide that the rest is cut off
             (SELECT min(LEAST(opened_at, closed_at)) FROM {rows} WHERE opened_at IS NOT NULL
              AND (inquiry_id IS NULL OR LEAST(opened_at, closed_at) >= captured_at))) AS at
