-- question: which promises about a lead were kept by now, and which were due and were not?
-- grain: one row per promise that is settled by this
-- A promise about a lead is kept by a contact that took place or a stage that was reached after it was given; one about
-- nothing in particular is kept by the word of who gave it, and broken when its day is over without it.
WITH undecided AS (
    SELECT p.id, p.due_at, LEAST(
        (SELECT min(t.done_at) FROM leads_touch t
         WHERE t.cycle_id = p.cycle_id AND t.done_at > p.made_at AND t.done_at <= %(at)s),
        (SELECT min(c.at) FROM leads_stagechange c
         WHERE c.cycle_id = p.cycle_id AND c.at > p.made_at AND c.at <= %(at)s)) AS done_at
    FROM leads_promise p
    WHERE p.kept_at IS NULL AND p.broken_at IS NULL
), settled AS (
    SELECT id, CASE WHEN done_at <= due_at THEN done_at END AS kept_at,
           CASE WHEN done_at IS NULL OR done_at > due_at THEN due_at END AS broken_at
    FROM undecided WHERE done_at <= due_at OR due_at < %(at)s
    ORDER BY id LIMIT %(limit)s)
UPDATE leads_promise p SET kept_at = s.kept_at, broken_at = s.broken_at
FROM settled s WHERE p.id = s.id AND p.kept_at IS NULL AND p.broken_at IS NULL
