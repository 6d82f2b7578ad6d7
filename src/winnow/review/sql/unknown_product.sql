-- question: which names of products stand on no list of products, and what could be meant?
-- grain: one row per name and owner; n counts opportunities
WITH deals AS ({deals}), named AS (
    SELECT product_id, owner_id, min(owner) AS owner, count(*) AS n FROM deals WHERE product_id IS NOT NULL GROUP BY 1, 2)
SELECT 'product' AS noun, p.id, p.code AS name, d.owner_id, CASE WHEN d.owner_id IS NULL THEN '' ELSE d.owner END AS owner,
       d.n || ' opportunities' || coalesce('; the list has ' || near.code, '; the list has nothing like it') AS evidence,
       d.n, d.n AS weight
FROM leads_product p
JOIN named d ON d.product_id = p.id
LEFT JOIN LATERAL (
    SELECT k.code FROM leads_product k
    WHERE k.known AND lower(regexp_replace(k.code, '[^[:alnum:]]', '', 'g')) = lower(regexp_replace(p.code, '[^[:alnum:]]', '', 'g'))
    ORDER BY k.id LIMIT 1) near ON true
WHERE NOT p.known AND EXISTS (SELECT 1 FROM leads_product WHERE known)
