-- question: who or what may be here twice, by signs that are exactly the same?
-- grain: one row per group of people or accounts; the id is the oldest one's
WITH people AS (
    SELECT id, account_id, owner_id, lower(first_name || ' ' || last_name) AS called,
           trim(first_name || ' ' || last_name) AS name, last_name,
           regexp_replace(phone, '[^0-9]', '', 'g') AS digits
    FROM leads_person p
    WHERE kind = 'human' AND merged_into_id IS NULL AND voided_at IS NULL AND created_at <= %(at)s
      -- robots and made-up addresses come in swarms and count for nothing anyway
      AND (NOT EXISTS (SELECT 1 FROM leads_inquiry i WHERE i.person_id = p.id AND NOT i.valid)
           OR EXISTS (SELECT 1 FROM leads_inquiry i WHERE i.person_id = p.id AND i.valid))),
named AS (
    SELECT min(id) AS id, min(name) AS name, min(owner_id) AS owner_id, array_agg(id ORDER BY id) AS ids
    FROM people WHERE called ~ '[[:alpha:]] +[[:alpha:]]' GROUP BY account_id, called HAVING count(*) > 1),
called AS (
    SELECT min(id) AS id, min(name) AS name, min(owner_id) AS owner_id, array_agg(id ORDER BY id) AS ids, min(digits) AS digits
    FROM people WHERE length(digits) > 6 AND last_name <> '' GROUP BY digits, lower(last_name) HAVING count(*) > 1),
firms AS (
    SELECT min(id) AS id, min(name) AS name, min(owner_id) AS owner_id, array_agg(id ORDER BY id) AS ids
    FROM leads_account
    WHERE kind = 'company' AND merged_into_id IS NULL AND voided_at IS NULL AND created_at <= %(at)s AND length(name) > 2
    GROUP BY lower(regexp_replace(name, '[^[:alnum:]]', '', 'g')) HAVING count(*) > 1),
found AS (
    SELECT 'person' AS noun, id, name, owner_id, ids, 'the same name in one account' AS sign FROM named
    UNION ALL
    SELECT 'person', id, name, owner_id, ids, 'the same last name and telephone' FROM called c
    WHERE NOT EXISTS (SELECT 1 FROM named n WHERE n.ids = c.ids)
    UNION ALL
    SELECT 'account', id, name, owner_id, ids, 'the same name but for signs and spaces' FROM firms)
SELECT f.noun, f.id, f.name, f.owner_id, coalesce(u.name, '') AS owner,
       f.sign || ': numbers ' || array_to_string(f.ids[1:8], ', ') AS evidence, 1 AS n, cardinality(f.ids) AS weight
FROM found f LEFT JOIN leads_user u ON u.id = f.owner_id
