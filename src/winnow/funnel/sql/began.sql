-- question: since when are leads, deals and their ends on record?
-- grain: one row
SELECT LEAST((SELECT min(lead_at) FROM {rows} WHERE lead_at IS NOT NULL),
             (SELECT min(LEAST(opened_at, closed_at)) FROM {rows} WHERE opened_at IS NOT NULL)) AS at
