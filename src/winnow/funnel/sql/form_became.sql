-- question: how many inquiries did each form bring, and how many of their cycles were handed to sales, accepted, won?
-- grain: one row per form and version; two inquiries of one cycle are one handoff
SELECT form, version, count(*) AS came, count(*) FILTER (WHERE valid) AS valid,
       count(DISTINCT cycle_id) FILTER (WHERE qso) AS qso, count(DISTINCT cycle_id) FILTER (WHERE accepted) AS accepted,
       count(DISTINCT cycle_id) FILTER (WHERE won) AS won, count(*) FILTER (WHERE asked_back AND NOT confirmed) AS waiting,
       count(*) FILTER (WHERE confirmed) AS confirmed
FROM ({came}) came
GROUP BY 1, 2
