-- question: who stands behind one number of a form?
-- grain: one row per inquiry, the newest first
SELECT *, count(*) OVER () AS all_of_them FROM ({came}) c
WHERE {counts} AND (%(version)s::int IS NULL OR c.version = %(version)s) AND (%(field)s = '' OR %(field)s = ANY(c.touched))
  AND (%(said)s = '' OR EXISTS (
      SELECT 1 FROM leads_inquiry i
      WHERE i.id = c.id AND COALESCE(i.answers ->> (%(asked)s || '_words'), i.answers ->> %(asked)s) = %(said)s))
ORDER BY captured_at DESC, id DESC LIMIT %(limit)s OFFSET %(offset)s
