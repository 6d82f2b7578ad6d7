"""An invented firm of any size, written straight into the tables of a scratch instance: for the bench alone.

    with instance() as home:
        make(1_000_000)

Deterministic: the same number gives the same firm but for its dates, which end today. Triggers and foreign keys are off
while it writes, so whatever is kept by trigger has to be counted again afterwards. Facts and digests are not made.

Run: python bench/make.py 100000   (makes it in a scratch instance, says how long each part took, removes it)
"""

import json
import sys
import time

from scratch import instance, signed

MONTHS = 36
SOURCES = (
    "organic search", "paid search", "referral", "newsletter", "unknown", "partner portal", "trade fair", "webinar",
    "social", "price list", "directory", "press", "cold call", None,
)  # fmt: skip
CHANNELS = (
    "search", "advertising", "referral", "email", "unknown", "partner", "event", "web", "social", "web",
    "purchased_list", "pr", "sales_prospecting", "direct",
)  # fmt: skip
INDUSTRIES = (
    "food", "logistics", "machinery", "chemicals", "retail", "energy", "health", "public", "steel", "software",
)  # fmt: skip
COUNTRIES = ("DE", "FR", "IT", "ES", "PL", "NL", "BE", "AT", "CH", "SE", "NO", "DK", "FI", "CZ", "PT")
CAMPAIGNS, PRODUCTS, REPS = 40, 6, 20


def make(inquiries: int, *, clock=None) -> dict:
    """Fill an empty, migrated instance. Returns how many rows of each kind there are and the seconds it took."""
    from django.db import connection, transaction

    from winnow.leads.clock import now

    definition, at, seconds = signed(), clock or now(), {}
    given = {
        "n": inquiries, "at": at, "months": MONTHS, "definition": definition.pk, "sources": list(SOURCES),
        "channels": list(CHANNELS), "industries": list(INDUSTRIES), "countries": list(COUNTRIES),
        "campaigns": CAMPAIGNS, "products": PRODUCTS, "reps": REPS,
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute(CHANCE)
        for name, statement in STEPS:
            started = time.perf_counter()
            cursor.execute(statement, given)
            seconds[name] = round(time.perf_counter() - started, 2)
        for table in TABLES:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('leads_{table}', 'id'), (SELECT max(id) FROM leads_{table}))"
            )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        rows = {}
        for table in TABLES:
            cursor.execute(f"SELECT count(*) FROM leads_{table}")
            rows[table] = cursor.fetchone()[0]
    return {"rows": rows, "seconds": seconds}


TABLES = ("account", "person", "inquiry", "cycle", "stagechange", "lead", "handoff", "opportunity", "costline")

CHANCE = """
    CREATE FUNCTION pg_temp.chance(id bigint, salt bigint) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    'SELECT (hashint8extended(id, salt) & 1048575) / 1048576.0::float8'"""

STEPS = (
    ("users and campaigns", """
        INSERT INTO leads_user (password, email, name, role, may_sign_for, team, time_zone, capacity, external_name,
                                is_active, created_at)
        SELECT '', 'rep' || r || '@bench.example', 'Rep ' || r, 'rep', '', '', 'UTC', 40, '', true, %(at)s
        FROM generate_series(1, %(reps)s) r;
        INSERT INTO leads_campaign (id, code, name, channel, interest, offer, segment, currency, created_at)
        SELECT c, 'c' || c, 'Campaign ' || c, (%(channels)s::text[])[1 + c %% 14],
               CASE WHEN c %% 4 = 0 THEN 'passive' ELSE 'active' END, '', '', 'EUR', %(at)s
        FROM generate_series(1, %(campaigns)s) c;
        INSERT INTO leads_costline (campaign_id, "on", amount_cents, currency, what, system)
        SELECT c, (%(at)s::timestamptz - make_interval(months => m))::date, 50000 + c * 7000, 'EUR', 'month', ''
        FROM generate_series(1, %(campaigns)s) c, generate_series(0, %(months)s - 1) m
        WHERE (m + c) %% 6 < 3;
        INSERT INTO leads_product (id, code, name, line, currency, known)
        SELECT p, 'p' || p, 'Product ' || p, '', 'EUR', true FROM generate_series(1, %(products)s) p"""),
    ("the plan", """
        CREATE TEMP TABLE response ON COMMIT DROP AS
        SELECT i AS id,
               CASE WHEN pg_temp.chance(i, 1) < 0.75 THEN i
                    ELSE 1 + floor(pg_temp.chance(i, 2) * i)::bigint END AS person,
               %(at)s::timestamptz
                 - make_interval(secs => (%(n)s - i)::float8 / %(n)s * %(months)s * 30.4 * 86400) AS at,
               1 + least(13, floor(14 * power(pg_temp.chance(i, 3), 1.7)))::int AS source,
               pg_temp.chance(i, 4) < 0.72 AS valid
        FROM generate_series(1, %(n)s) i;
        CREATE TEMP TABLE trip ON COMMIT DROP AS
        SELECT person AS id, min(at) AS at, pg_temp.chance(person, 5) AS fate, pg_temp.chance(person, 6) AS sales,
               pg_temp.chance(person, 7) AS ending, 10 + 90 * pg_temp.chance(person, 8) AS ripening,
               NULL::bigint AS account
        FROM response WHERE valid GROUP BY person;
        ANALYZE response; ANALYZE trip"""),
    ("people and accounts", """
        INSERT INTO leads_person (id, kind, first_name, last_name, email, phone, title, seniority, department, country,
                                  language, time_zone, phase, created_at, account_id, owner_id)
        SELECT p.person, 'human', 'Person', p.person::text, '', '', '', '', '', '', '', '', '', p.at,
               CASE WHEN pg_temp.chance(p.person, 5) >= 0.93 THEN p.person ELSE 1 + p.person / 3 + %(n)s END,
               CASE WHEN pg_temp.chance(p.person, 9) < 0.3
                    THEN (SELECT min(id) FROM leads_user WHERE role = 'rep')
                         + floor(pg_temp.chance(p.person, 10) * %(reps)s)::bigint END
        FROM (SELECT person, min(at) AS at FROM response GROUP BY person) p;
        INSERT INTO leads_account (id, kind, name, name_key, country, industry, key_account, customer, system,
                                   created_at)
        SELECT account_id, 'company', 'Firm ' || account_id, '', (%(countries)s::text[])[1 + account_id %% 15],
               (%(industries)s::text[])[1 + account_id %% 10], false, false, '', min(created_at)
        FROM leads_person GROUP BY account_id;
        INSERT INTO leads_personstanding (person_id, account_id, state, milli, grade, levels, unmet, ready, order_key)
        SELECT id, account_id, '', 1000, (ARRAY['A', 'B', 'C', 'D'])[1 + floor(4 * pg_temp.chance(id, 11))::int],
               '{}', '{}', false, 10 FROM leads_person"""),
    ("cycles", """
        CREATE TEMP TABLE step ON COMMIT DROP AS
        SELECT t.id AS cycle, s.number, s.before, s.after, s.at, t.id AS person FROM trip t CROSS JOIN LATERAL (VALUES
            (1, '', 'new', t.at, true),
            (2, 'new', 'disqualified', t.at + interval '3 days', t.fate < 0.15),
            (2, 'new', 'nurturing', t.at + interval '1 day', t.fate >= 0.25),
            (3, 'nurturing', 'ready', t.at + make_interval(days => t.ripening::int), t.fate >= 0.93),
            (4, 'ready', 'handed_off', t.at + make_interval(days => t.ripening::int + 1), t.fate >= 0.93),
            (5, 'handed_off', 'accepted', t.at + make_interval(days => t.ripening::int + 2),
                t.fate >= 0.93 AND t.sales < 0.77),
            (5, 'handed_off', 'recycled', t.at + make_interval(days => t.ripening::int + 2),
                t.fate >= 0.93 AND t.sales >= 0.77),
            (6, 'accepted', 'opportunity', t.at + make_interval(days => t.ripening::int + 12),
                t.fate >= 0.93 AND t.sales < 0.42),
            (7, 'opportunity', 'won', t.at + make_interval(days => t.ripening::int + 72),
                t.fate >= 0.93 AND t.sales < 0.42 AND t.ending < 0.4),
            (7, 'opportunity', 'lost', t.at + make_interval(days => t.ripening::int + 50),
                t.fate >= 0.93 AND t.sales < 0.42 AND t.ending >= 0.65)
        ) s (number, before, after, at, happens) WHERE s.happens AND s.at <= %(at)s;
        INSERT INTO step SELECT cycle + %(n)s, 1, '', 'nurturing', at, person FROM step WHERE after = 'recycled';
        INSERT INTO leads_stagechange (cycle_id, before, after, at, known_at, reason)
        SELECT cycle, before, after, at, at, '' FROM step ORDER BY at, number;
        INSERT INTO leads_cycle (id, person_id, line, number, stage, opened_at, stage_at, closed_at, reason, next_step,
                                 cross_sell, lead_id)
        SELECT s.cycle, s.person, '', CASE WHEN s.cycle > %(n)s THEN 2 ELSE 1 END, s.after, f.at, s.at,
               CASE WHEN s.after IN ('won', 'lost', 'disqualified', 'recycled') THEN s.at END, '', '', false,
               CASE WHEN s.number >= 3 THEN s.cycle END
        FROM (SELECT DISTINCT ON (cycle) * FROM step ORDER BY cycle, number DESC) s
        JOIN step f ON f.cycle = s.cycle AND f.number = 1"""),
    ("inquiries", """
        INSERT INTO leads_inquiry (id, person_id, account_id, captured_at, recorded_at, source, channel, interest,
            campaign_id, product_id, form, email, message, answers, stage_given, owner_given, contact_me, valid,
            invalid_reason, cycle_id, system, external_id, historic)
        SELECT r.id, r.person, p.account_id, r.at, r.at, (%(sources)s::text[])[r.source],
               (%(channels)s::text[])[r.source],
               CASE WHEN r.source IN (11, 13) OR pg_temp.chance(r.id, 12) < 0.35 THEN 'passive' ELSE 'active' END,
               CASE WHEN pg_temp.chance(r.id, 13) < 0.6
                    THEN 1 + (r.source * 3 + floor(3 * pg_temp.chance(r.id, 14))::int) %% %(campaigns)s END,
               1 + floor(%(products)s * pg_temp.chance(r.id, 15))::int, 'contact', '', '', '{}', '', '', false, r.valid,
               CASE WHEN r.valid THEN '' ELSE 'unreachable' END, CASE WHEN r.valid THEN r.person END, 'bench',
               r.id::text, false
        FROM response r JOIN leads_person p ON p.id = r.person ORDER BY r.id"""),
    ("leads and deals", """
        INSERT INTO leads_lead (id, account_id, person_id, line, definition_id, policy_version, milli, grade, made_at,
                                closed_at)
        SELECT s.cycle, p.account_id, p.id, '', %(definition)s, 1, 70000, 'A', s.at, c.closed_at
        FROM step s JOIN leads_cycle c ON c.id = s.cycle JOIN leads_person p ON p.id = s.person WHERE s.after = 'ready';
        INSERT INTO leads_handoff (lead_id, rep_id, given_at, response_due_at, response, responded_at, reason, note)
        SELECT h.cycle, (SELECT min(id) FROM leads_user WHERE role = 'rep')
                 + floor(pg_temp.chance(h.cycle, 16) * %(reps)s)::bigint,
               h.at, h.at + interval '4 hours',
               COALESCE(CASE a.after WHEN 'recycled' THEN 'rejected' ELSE a.after END, ''), a.at,
               CASE WHEN a.after = 'recycled' THEN (ARRAY['no_budget', 'wrong_person', 'no_need'])[1 + h.cycle %% 3]
                    ELSE '' END, ''
        FROM step h LEFT JOIN step a ON a.cycle = h.cycle AND a.number = 5 WHERE h.after = 'handed_off';
        INSERT INTO leads_opportunity (lead_id, inquiry_id, account_id, person_id, cycle_id, owner_id, owner_given,
            developer_given, stage, outcome, amount_cents, currency, engaged_on, closed_at, known_at, created_at,
            lost_reason, judged, system)
        SELECT o.cycle, i.id, p.account_id, p.id, o.cycle, h.rep_id, '', '', COALESCE(e.after, 'open'),
               COALESCE(e.after, 'open'),
               100000 + floor(4900000 * power(pg_temp.chance(o.cycle, 17), 3))::bigint, 'EUR', o.at::date,
               e.at, o.at, o.at, '', true, ''
        FROM step o
        JOIN leads_person p ON p.id = o.person
        JOIN leads_handoff h ON h.lead_id = o.cycle
        LEFT JOIN step e ON e.cycle = o.cycle AND e.number = 7
        JOIN (SELECT DISTINCT ON (cycle_id) cycle_id, id FROM leads_inquiry WHERE valid
              ORDER BY cycle_id, captured_at, id) i ON i.cycle_id = o.cycle
        WHERE o.after = 'opportunity'"""),
)


if __name__ == "__main__":
    with instance():
        print(json.dumps(make(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000), indent=1))
