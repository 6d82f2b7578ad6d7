"""A new definition is signed while many standings are of the old one: how quickly the background folds them again, in
how much memory, and what handoffs and pages cost meanwhile. Each handoff is judged afresh under the new definition.

Run: python bench/bench_refold.py [ACCOUNTS] [FACTS_EACH]    (default 20000 accounts of 1 person and 5 facts)
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from scratch import instance, signed

LEADS = 60
WORKER = """
import json, resource, sys, time
import django; django.setup()
from winnow.leads.due import judge_due
begun, done, marks = time.perf_counter(), 0, []
while some := judge_due():
    done += some
    if time.perf_counter() - begun > 10 * (len(marks) + 1):
        marks.append([done, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024])
took = time.perf_counter() - begun
print(json.dumps({"folded": done, "seconds": took, "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                  "marks": marks}))
"""
FILL = """
INSERT INTO leads_account (id, kind, name, name_key, country, industry, system, key_account, customer, created_at)
SELECT g, 'company', 'Firm ' || g, 'firm ' || g, 'DE', '', '', false, false, now() FROM generate_series(%(a)s, %(z)s) g;
INSERT INTO leads_person (id, account_id, kind, first_name, last_name, email, phone, title, seniority, department,
                          country, language, time_zone, phase, created_at)
SELECT g, g, 'human', 'P' || g, '', '', '', '', '', '', '', '', '', '', now() FROM generate_series(%(a)s, %(z)s) g;
INSERT INTO leads_fact (account_id, person_id, kind, happened_at, known_at, recorded_at, code, value, digest)
SELECT g, CASE WHEN n = 0 THEN NULL ELSE g END, CASE WHEN n = 0 THEN 'described' ELSE 'content_taken' END, at, at, at,
       CASE WHEN n = 0 THEN 'industry' ELSE 'paper-' || (g * 7 + n) %% 40 END,
       CASE WHEN n = 0 THEN 'logistics' ELSE '' END, '\\x00'
FROM generate_series(%(a)s, %(z)s) g CROSS JOIN generate_series(0, %(facts)s - 1) n(n)
CROSS JOIN LATERAL (SELECT now() - make_interval(days => (g * 13 + n * 29) %% 120, mins => n)) w(at)
ORDER BY 1, n.n;
INSERT INTO leads_facthead (account_id, digest, facts, recorded_at)
SELECT g, '\\x00', %(facts)s, now() FROM generate_series(%(a)s, %(z)s) g;
INSERT INTO leads_accountstanding (account_id, definition_id, policy_version, state, judged_at, dirty)
SELECT g, %(definition)s, %(version)s, '[{},false,[],{},{},0,null]', now(), false FROM generate_series(%(a)s, %(z)s) g;
INSERT INTO leads_personstanding (person_id, account_id, state, milli, grade, levels, unmet, ready, judged_at)
SELECT g, g, '', 0, 'D', '{}', '{score}', false, now() FROM generate_series(%(a)s, %(z)s) g;
"""


def main(accounts: int = 20_000, facts_each: int = 5) -> dict:
    """The figures as a dict; times of single acts in milliseconds."""
    with instance() as home:
        from django.db import connection

        from winnow.leads.bench import Wanted, bench
        from winnow.leads.clock import now
        from winnow.leads.dossier import dossier
        from winnow.leads.models import AccountStanding, Definition, Lead, Person, User
        from winnow.policy import VERSION

        before = signed()
        begun = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            for first in range(1, accounts + 1, 100_000):
                last = min(accounts, first + 99_999)
                cursor.execute(FILL, {
                    "a": first, "z": last, "facts": facts_each, "definition": before.pk, "version": VERSION,
                })  # fmt: skip
                print(f"{last} made", file=sys.stderr)
            cursor.execute("SET session_replication_role = DEFAULT")
            for table in ("account", "person", "fact"):
                cursor.execute(f"SELECT setval('leads_{table}_id_seq', (SELECT max(id) FROM leads_{table}))")
            cursor.execute("VACUUM ANALYZE")
        leads = [_lead(number) for number in range(LEADS)]
        made = time.perf_counter() - begun
        document = {**before.document, "score": {**before.document["score"], "asked": 55, "half_life_days": 40}}
        carol, rolf = User.objects.get(role="marketing"), User.objects.get(role="manager")
        draft = Definition.draft(document, by=carol)
        draft.sign(by=carol, seen_hash=draft.hash)
        draft.sign(by=rolf, seen_hash=draft.hash)
        sam = User.objects.create_user("sam@bench.example", role="rep", name="Sam")
        quiet = _acts(bench, Wanted, dossier, Person, now, 5)
        source = str(Path(__file__).resolve().parents[1] / "src")
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER], stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": source, "WINNOW_HOME": str(home)},
        )  # fmt: skip
        handoffs, pages, fresh = [], [], 0
        while worker.poll() is None:
            if leads:
                lead = Lead.objects.get(pk=leads.pop())
                old = AccountStanding.objects.get(account=lead.account_id).definition_id == before.pk
                started = time.perf_counter()
                handoff = lead.hand_off(to=sam, by=carol)
                handoffs.append((time.perf_counter() - started) * 1000)
                fresh += old and AccountStanding.objects.get(account=lead.account_id).definition_id == draft.pk
                assert handoff.pk
            pages.append(_acts(bench, Wanted, dossier, Person, now, 1))
            time.sleep(max(0.05, accounts / 400_000))
        worked = json.loads(worker.communicate()[0])
        left = AccountStanding.objects.exclude(definition=draft).count()
        return {
            "accounts": accounts, "facts": accounts * facts_each, "filled_seconds": round(made),
            "folded": worked["folded"], "refold_seconds": round(worked["seconds"], 1),
            "accounts_per_s": round(worked["folded"] / worked["seconds"]), "worker_mb": worked["mb"],
            "marks": worked["marks"], "left_old": left,
            "handoffs": len(handoffs), "judged_afresh_of_old_standings": fresh,
            "handoff_ms": {"median": round(statistics.median(handoffs), 1), "most": round(max(handoffs), 1)},
            "page_ms_quiet": quiet, "page_ms": {
                "median": round(statistics.median(pages), 1), "most": round(max(pages), 1)
            },
            "this_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }  # fmt: skip


def _acts(bench, Wanted, dossier, Person, now, times: int) -> float:
    """Milliseconds of one page: the queue, and one person in full."""
    found = []
    for _ in range(times):
        started = time.perf_counter()
        bench(Wanted(), now())
        dossier(Person.objects.select_related("account").get(pk=17))
        found.append((time.perf_counter() - started) * 1000)
    return round(statistics.median(found), 1)


def _lead(number: int) -> int:
    """Somebody who meets the starter definition, by facts recorded through the door."""
    from winnow.leads.clock import now
    from winnow.leads.models import Account, Cycle, Lead, Person
    from winnow.leads.record import recording
    from winnow.policy import facts

    at = now() - timedelta(days=1)
    account = Account.objects.create(name=f"Ready {number}", domain=f"ready{number}.example", created_at=at)
    person = Person.objects.create(account=account, first_name="Ann", created_at=at)
    with recording(account, at=at) as history:
        Cycle.begin(person, at=at)
        for attribute, value in (("industry", "logistics"), ("employees", "640"), ("country", "DK")):
            history.append(facts.Described(attribute=attribute, value=value))
        history.append(facts.Described(person=person.pk, attribute="seniority", value="director"))
        for piece in range(4):
            history.append(facts.ContentTaken(person=person.pk, content=f"paper-{piece}"))
        history.append(facts.Called(person=person.pk))
        history.append(facts.MailReplied(person=person.pk))
        for item, level in (("budget", "partly"), ("need", "yes"), ("authority", "yes"), ("timing", "partly")):
            history.append(facts.Answered(person=person.pk, item=item, level=level, source="call"))
    return Lead.objects.get(account=account).pk


if __name__ == "__main__":
    print(json.dumps(main(*map(int, sys.argv[1:])), indent=1))
