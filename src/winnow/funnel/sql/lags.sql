-- question: within how many days does half of what gets to an outcome get there?
-- grain: one row; from the first contact, but for handed_off, answered, worked and closed: from the step before
SELECT * FROM (
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY date_part('epoch', lead_at - captured_at))
             FILTER (WHERE leads > 0) AS leads,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY date_part('epoch', accepted_at - captured_at))
             FILTER (WHERE accepted > 0) AS accepted,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY date_part('epoch', handed_at - lead_at))
             FILTER (WHERE handed_off > 0) AS handed_off,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY date_part('epoch', accepted_at - handed_at))
             FILTER (WHERE accepted > 0) AS answered,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY date_part('epoch', opened_at - accepted_at))
             FILTER (WHERE accepted > 0) AS worked
    FROM {rows} WHERE lead_at IS NOT NULL AND captured_at >= %(start)s AND captured_at < %(end)s
) a, (
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY date_part('epoch', opened_at - captured_at))
             FILTER (WHERE opportunities > 0) AS opportunities,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY date_part('epoch', closed_at - captured_at))
             FILTER (WHERE won > 0) AS won,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY date_part('epoch', closed_at - opened_at))
             FILTER (WHERE won > 0) AS closed
    FROM {rows}
    WHERE opened_at IS NOT NULL AND inquiry_id IS NOT NULL AND captured_at >= %(start)s AND captured_at < %(end)s
) b
