-- question: which inquiries are not valid, and why?
-- grain: one row per reason, and one without a reason: the valid ones
-- As known at a moment: what was judged again later counts as it was.
WITH was AS (
    SELECT DISTINCT ON (v.inquiry_id) v.inquiry_id, v.was_valid, v.was_reason
    FROM leads_validation v WHERE v.at > %(at)s ORDER BY v.inquiry_id, v.id
), inq AS (
    SELECT i.interest, COALESCE(w.was_valid, i.valid) AS valid,
           CASE WHEN w.inquiry_id IS NULL THEN i.invalid_reason ELSE w.was_reason END AS reason,
           EXISTS (SELECT 1 FROM leads_validation v WHERE v.inquiry_id = i.id AND v.at <= %(at)s) AS again
    FROM leads_inquiry i LEFT JOIN was w ON w.inquiry_id = i.id
    WHERE i.captured_at >= %(start)s AND i.captured_at < %(end)s AND (i.voided_at IS NULL OR i.voided_at > %(at)s)
      AND CASE WHEN i.historic AND NOT %(recorded)s THEN i.captured_at ELSE i.recorded_at END <= %(at)s
)
SELECT CASE WHEN valid THEN '' ELSE reason END AS reason, count(*) AS inquiries,
       count(*) FILTER (WHERE interest = 'active') AS active, count(*) FILTER (WHERE again) AS judged_again
FROM inq GROUP BY 1 ORDER BY 2 DESC, 1
