-- question: for which reasons did sales reject the leads of a window?
-- grain: one row per reason, the most frequent first
SELECT h.reason, count(*) AS count
FROM {rows} r
JOIN leads_cycle c ON c.id = r.cycle_id
JOIN leads_handoff h ON h.lead_id = c.lead_id AND h.response = 'rejected' AND h.responded_at <= %(at)s
WHERE r.lead_at IS NOT NULL AND r.rejected > 0 AND r.captured_at >= %(start)s AND r.captured_at < %(end)s
GROUP BY h.reason ORDER BY count(*) DESC, h.reason
