"""The hygiene audit: each kind is found where it is and not where it isn't; all are questions, and who may see them."""

import json
from argparse import Namespace
from datetime import date, timedelta

import pytest

from tests.leads.people import MONDAY, account, carol, prospect, sam, sue, user
from tests.review.scene import DAY, accepted, adrift, given, law, ready, tom, worth
from winnow.leads.cycle import Cycle
from winnow.leads.models import (
    Account,
    Answer,
    Enrolment,
    Import,
    Inquiry,
    Opportunity,
    Person,
    Product,
    Programme,
    StageChange,
    Touch,
    User,
)  # fmt: skip
from winnow.leads.record import recording
from winnow.policy import facts
from winnow.review import audit

pytestmark = pytest.mark.django_db
LATER = MONDAY + 40 * DAY


@pytest.fixture
def firm(db):
    law()


@pytest.fixture
def run(db):
    return Import.objects.create(
        kind="opportunities", file_name="pipeline.csv", state="done", started_at=MONDAY
    )


@pytest.fixture
def nowhere(db):
    return Account.objects.create(kind="placeholder", name="", created_at=MONDAY)


def deal(run, where=None, **more) -> Opportunity:
    """An imported opportunity, open since the second of March unless told otherwise."""
    given_values = {"engaged_on": MONDAY.date(), "known_at": MONDAY, "owner_given": "Moses Frase"} | more
    where = where or account(f"Firm {Opportunity.objects.count()}")
    return Opportunity.objects.create(imported=run, account=where, created_at=MONDAY, **given_values)


def won(run, days: int, **more):
    end = MONDAY + days * DAY
    return deal(run, outcome="won", closed_at=end, closes_on=end.date(), **more)


def asked(at=LATER, who=None) -> dict[str, audit.Finding]:
    return {one.kind: one for one in audit.findings(at, who)}


def seen(kind: str, at=LATER, who=None) -> list[str]:
    found = asked(at, who).get(kind)
    return sorted(one.name for one in found.examples) if found else []


# -- imported opportunities -------------------------------------------------------------------------------------------
def test_an_opportunity_without_an_account_is_found_whatever_became_of_it(run, nowhere):
    deal(run, nowhere, external_id="A1"), won(run, 9, where=nowhere, external_id="A2"), deal(run)
    found = asked()["no_account"]
    assert (found.count, len(found.examples)) == (2, 2)
    assert found.text == "2 opportunities name no account. Which firms are they with?"


def test_a_product_that_is_spelt_otherwise_is_found_with_what_could_be_meant(run):
    Product.objects.create(code="GTX Pro", name="GTX Pro")
    other = Product.objects.create(code="GTXPro", name="GTXPro", known=False)
    odd = Product.objects.create(code="Typewriter", name="Typewriter", known=False)
    for product in (other, other, odd):
        deal(run, product=product)
    found = asked()["unknown_product"]
    assert found.count == 3
    assert [(one.name, one.evidence) for one in found.examples] == [
        ("GTXPro", "2 opportunities; the list has GTX Pro"),
        ("Typewriter", "1 opportunities; the list has nothing like it"),
    ]


def test_without_any_list_of_products_none_is_unknown(run):
    deal(run, product=Product.objects.create(code="GTXPro", name="GTXPro", known=False))
    assert "unknown_product" not in asked()


def test_open_ones_without_a_date_are_undated_and_those_with_one_may_be_too_old(run):
    deal(run, engaged_on=None, external_id="undated")
    won(run, 20), won(run, 10)
    deal(run, external_id="old")
    deal(run, engaged_on=(LATER - 20 * DAY).date(), known_at=LATER - 20 * DAY, external_id="young")
    found = asked()
    assert found["undated"].count == found["older_than_longest_won"].count == 1
    assert found["older_than_longest_won"].examples[0].name == "Opportunity at Firm 3 (old)"
    assert found["older_than_longest_won"].examples[0].evidence == (
        "open for 40 days; the longest that was won took 20"
    )


def test_nothing_is_too_old_where_nothing_was_ever_won(run):
    deal(run)
    assert "older_than_longest_won" not in asked()


def test_an_owner_who_is_not_named_and_one_whom_nobody_knows_are_two_questions(run):
    deal(run, owner_given="", external_id="nobody's"), deal(run), deal(run)
    deal(run, owner=sam(), owner_given="Sam")
    found = asked()
    assert (found["no_owner"].count, found["owner_unknown"].count) == (1, 2)
    assert [one.name for one in found["owner_unknown"].examples] == ["Moses Frase"]


def test_an_owner_who_has_left_is_found(run):
    gone = user("Gus", "rep")
    deal(run, owner=gone, external_id="left behind")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    assert seen("owner_gone") == ["Opportunity at Firm 0 (left behind)"]


@pytest.mark.parametrize(
    ("dates", "says"),
    [
        ({"closed_at": MONDAY - DAY}, "closed on 1 March 2026, engaged only on 2 March 2026"),
        ({"engaged_on": date(2027, 1, 1)}, "engaged on 1 January 2027, which is still to come"),
    ],
)
def test_dates_that_cannot_be_are_found(run, dates, says):
    outcome = "won" if "closed_at" in dates else "open"
    deal(run, outcome=outcome, **dates)
    won(run, 0)
    found = asked()["impossible_dates"]
    assert [one.evidence for one in found.examples] == [says]


def test_a_win_before_the_first_contact_is_found(run):
    ann = prospect("Ann", account("Acme"))
    inquiry = Inquiry.objects.create(
        person=ann, account=ann.account, captured_at=MONDAY + 5 * DAY, recorded_at=MONDAY
    )
    won(run, 3, where=ann.account, inquiry=inquiry, engaged_on=None)
    (example,) = asked()["impossible_dates"].examples
    assert example.evidence == "won on 5 March 2026, before the first contact on 7 March 2026"


def test_what_an_undone_import_brought_is_not_asked_about(run, nowhere):
    deal(run, nowhere, voided_at=MONDAY)
    assert asked() == {}


# -- as of a day ------------------------------------------------------------------------------------------------------
def test_as_of_a_day_things_are_as_they_were_then(run):
    won(run, 5), won(run, 100)
    deal(run, external_id="open ever since")
    then, now = (MONDAY + 30 * DAY).date(), (MONDAY + 200 * DAY).date()
    at_that_time = asked(then)["older_than_longest_won"]
    assert at_that_time.count == 2  # one was won later, and then was as open as the other
    assert "the longest that was won took 5" in at_that_time.examples[0].evidence
    assert asked(now)["older_than_longest_won"].count == 1


def test_what_was_not_known_yet_is_not_asked_about(run, nowhere):
    deal(run, nowhere, known_at=MONDAY + 20 * DAY, engaged_on=(MONDAY + 20 * DAY).date())
    assert "no_account" not in asked(MONDAY + 10 * DAY)
    assert asked(MONDAY + 30 * DAY)["no_account"].count == 1


def test_what_was_decided_later_does_not_show_as_of_a_day(firm):
    handoff = given("Ann")
    handoff.accept(by=sam(), at=MONDAY + 5 * DAY)
    Touch.objects.update(cancelled_at=MONDAY + 5 * DAY)
    assert seen("no_next_step", MONDAY + 4 * DAY) == []
    assert seen("no_next_step", MONDAY + 6 * DAY) == ["Ann at Ann Inc"]


# -- leads ------------------------------------------------------------------------------------------------------------
def test_a_lead_without_a_next_step_is_found_and_one_with_a_date_is_not(firm):
    adrift("Ann"), accepted("Bob"), given("Cem")
    assert seen("no_next_step") == ["Ann at Ann Inc"]


def test_an_imported_opportunity_has_a_next_step_when_its_close_is_ahead(firm, run):
    deal(run, closes_on=(LATER + DAY).date()), deal(run, closes_on=(LATER - DAY).date(), external_id="over")
    deal(run, external_id="none")
    assert seen("no_next_step") == ["Opportunity at Firm 1 (over)", "Opportunity at Firm 2 (none)"]


def test_what_nothing_happened_to_for_more_than_thirty_days_is_stale(firm, run):
    lead = accepted("Ann")
    Touch.plan(lead, rep=sam(), at=MONDAY, due_at=MONDAY + 90 * DAY)
    deal(run, external_id="asleep")
    alive = prospect("Bob", account("Live"))
    deal(run, where=alive.account, person=alive)
    with recording(alive.account, at=MONDAY + 20 * DAY) as history:
        history.append(facts.Called(person=alive.pk))
    assert seen("stale", MONDAY + 30 * DAY) == []
    assert seen("stale", MONDAY + 31 * DAY) == ["Ann at Ann Inc", "Opportunity at Firm 0 (asleep)"]


def test_a_ready_lead_that_nobody_takes_is_found_after_two_days(firm):
    ready("Ann")
    assert seen("no_owner", MONDAY + DAY) == []
    assert seen("no_owner", MONDAY + 3 * DAY) == ["Ann at Ann Inc"]


def test_leads_and_prospects_of_somebody_who_left_are_found(firm):
    gone = user("Gus", "rep")
    accepted("Ann", to=gone)
    bob = prospect("Bob", account("Globex"))
    Person.objects.filter(pk=bob.pk).update(owner=gone)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    assert seen("owner_gone") == ["Ann at Ann Inc", "Bob"]


def answer(lead, item: str, level: str, at) -> None:
    with recording(lead.account, at=at) as history:
        history.append(facts.Answered(person=lead.person_id, item=item, level=level, source="rep"))


def test_leads_that_look_over_are_found_with_the_sign(firm):
    said_no, silent, wrong, late, fine = (accepted(name) for name in ("Ann", "Bob", "Cem", "Dora", "Emil"))
    answer(said_no, "need", "no", MONDAY + DAY)
    for day in range(1, 7):
        Touch.log(silent.person, kind="call", result="no_answer", by=sam(), at=MONDAY + day * DAY)
    Touch.log(wrong.person, kind="call", result="wrong_person", by=sam(), at=MONDAY + DAY)
    Touch.log(fine.person, kind="call", result="spoke", by=sam(), at=MONDAY + DAY)
    late.open_opportunity(amount_cents=1, by=sam(), at=MONDAY, closes_on=(MONDAY + DAY).date())
    found = {one.name.split()[0]: one.evidence for one in asked(_now())["dead_not_closed"].examples}
    assert found.keys() == {"Ann", "Bob", "Cem", "Dora"}
    assert found["Ann"] == "they said that there is no need"
    assert found["Bob"] == "6 contacts were tried and nobody was reached"
    assert found["Cem"] == "the last contact reached the wrong person"
    assert found["Dora"] == "it should have closed on 3 March 2026"


def _now():
    """Kinds that rest on today's standings are only asked now."""
    from winnow.leads.clock import now

    return now()


def test_what_is_further_than_its_stage_says_is_found(firm):
    lead = accepted("Ann")
    Touch.log(lead.person, kind="meeting", result="met", by=sam(), at=MONDAY + DAY)
    for item in ("budget", "timing"):
        answer(lead, item, "yes", MONDAY + DAY)
    accepted("Bob")
    cem = prospect("Cem", account("Globex"))
    for day in (1, 2):
        Touch.log(cem, kind="call", result="spoke", by=sam(), at=MONDAY + day * DAY)
    assert seen("further_than_stage", _now()) == ["Ann at Ann Inc", "Cem at Globex"]


def interested(name: str, of: Account) -> Person:
    from winnow.leads.clock import now

    person = prospect(name, of, now() - 9 * DAY)
    with recording(of, at=now() - 8 * DAY) as history:
        history.append(facts.Described(attribute="seniority", value="director", person=person.pk))
        history.append(facts.Inquired(person=person.pk, channel="web"))
    return person


def test_a_prospect_who_fits_and_is_interested_and_whom_nobody_looks_after_is_found():
    from tests.leads.people import signed

    fit = {
        "criteria": {"seniority": {"any_of": ["director"]}},
        "grades": [{"grade": "A", "every": ["seniority"]}],
    }
    signed({"fit": fit})
    interested("Ann", account("Acme"))
    nurtured, dated, called = (interested(name, account(name)) for name in ("Bob", "Cem", "Dora"))
    plan = Programme.objects.create(code="tips", name="Tips", created_at=MONDAY)
    cycle = Cycle.open_for(nurtured)
    Enrolment.objects.create(programme=plan, person=nurtured, cycle=cycle, started_at=MONDAY)
    Cycle.objects.filter(person=dated).update(next_step_at=_now() + DAY)
    Touch.objects.create(
        cycle=Cycle.open_for(called), person=called, kind="call", done_at=_now() - DAY, result="spoke"
    )
    assert seen("wasted_prospect", _now()) == ["Ann at Acme"]


def test_people_and_accounts_that_are_here_twice_by_exact_signs_are_found(firm):
    acme, twin = account("Acme Corp."), account("ACME CORP", domain="acme.example")
    one, other = prospect("Ann", acme, last_name="Abel"), prospect("ann", acme, last_name="abel")
    for person, phone in ((prospect("Bob", acme, last_name="Berg"), "+49 30 1234567"),
                          (prospect("B.", twin, last_name="Berg"), "+49 (30) 123-4567")):  # fmt: skip
        Person.objects.filter(pk=person.pk).update(phone=phone)
    prospect("Ann", twin, last_name="Abel")
    found = asked(_now())["duplicate"]
    evidence = {one.evidence for one in found.examples}
    assert found.count == 3
    assert f"the same name in one account: numbers {one.pk}, {other.pk}" in evidence
    assert f"the same name but for signs and spaces: numbers {acme.pk}, {twin.pk}" in evidence
    assert any(text.startswith("the same last name and telephone") for text in evidence)


def inquiry(person, channel: str, at) -> Inquiry:
    made = Inquiry.objects.create(
        person=person,
        account=person.account,
        channel=channel,
        captured_at=at,
        recorded_at=at,
        owner_given="Sam",
    )
    with recording(person.account, at=at, by=sam() if channel == "sales_prospecting" else None) as history:
        history.append(facts.Inquired(person=person.pk, channel=channel), inquiry_id=made.pk)
    return made


def test_a_twin_that_sales_made_of_an_inquiry_of_marketing_is_found(firm):
    acme, globex = account("Acme"), account("Globex")
    inquiry(prospect("Ann", acme), "web", MONDAY)
    inquiry(prospect("Anne", acme), "sales_prospecting", MONDAY + 20 * DAY)
    inquiry(prospect("Bob", globex), "sales_prospecting", MONDAY)
    inquiry(prospect("Cem", globex), "web", MONDAY + DAY)
    (example,) = asked(_now())["recreated_for_credit"].examples
    assert (example.name, example.owner) == ("Anne at Acme", "Sam")
    assert example.evidence == "entered on 22 March 2026; Ann had inquired over web on 2 March 2026"


def test_a_twin_by_name_is_found_however_long_ago_marketing_had_brought_the_other(firm):
    acme = account("Acme")
    inquiry(prospect("Ann", acme, last_name="Abel"), "web", MONDAY)
    inquiry(prospect("ann", acme, last_name="Abel"), "sales_prospecting", MONDAY + 200 * DAY)
    inquiry(prospect("Bob", acme, last_name="Berg"), "sales_prospecting", MONDAY + 200 * DAY)
    assert [one.name for one in asked(_now())["recreated_for_credit"].examples] == ["ann Abel at Acme"]


def test_people_of_inquiries_that_count_for_nothing_are_not_doubled(firm):
    acme = account("Acme")
    for _ in range(2):
        robot = prospect("Crypto", acme, last_name="Gain")
        made = inquiry(robot, "web", MONDAY)
        Inquiry.objects.filter(pk=made.pk).update(valid=False)
    assert "duplicate" not in asked(_now())


def test_moves_that_bunch_at_the_end_of_months_are_a_question(firm):
    ann = prospect("Ann", account("Acme"))
    cycle = Cycle.open_for(ann)
    for month in range(4, 11):
        for day in (28, 29, 30):
            at = MONDAY.replace(month=month, day=day)
            StageChange.objects.bulk_create(
                StageChange(
                    cycle=cycle,
                    before="ready",
                    after="accepted",
                    at=at + timedelta(hours=n),
                    known_at=at,
                    by=sam(),
                )
                for n in range(3)
            )
    found = asked(MONDAY.replace(year=2027))["gamed"]
    assert found.examples[0].name == "Sam"
    assert "in the last 2 working days of a month" in found.examples[0].evidence
    assert found.text.endswith("Is there an ordinary reason?")


def test_answers_without_a_contact_and_moves_within_seconds_are_questions(firm):
    people = [prospect(f"Ann {n}", account(f"Firm {n}")) for n in range(6)]
    for n, person in enumerate(people):
        Answer.objects.create(
            person=person,
            account=person.account,
            item="need",
            level="yes",
            source="rep",
            said_at=MONDAY,
            by=carol(),
        )
        at = MONDAY + timedelta(seconds=5 * n)
        cycle = Cycle.open_for(person)
        StageChange.objects.create(
            cycle=cycle, before="ready", after="accepted", at=at, known_at=at, by=sam()
        )
    found = {(one.name, one.evidence) for one in asked(LATER)["gamed"].examples}
    assert found == {
        ("Carol", "recorded answers 6 of 6 times without a contact within three days before or after"),
        ("Sam", "moved 6 leads on within 25 seconds on 2 March 2026 at 10:00"),
    }


def test_a_definition_that_asks_less_at_the_end_of_a_month_is_a_question(db):
    import time_machine

    from tests.leads.people import signed

    with time_machine.travel(MONDAY, tick=False):
        signed({"score": {"asked": 60}, "bantfo": {"need": {"asked": "yes"}}})
    with time_machine.travel(MONDAY.replace(day=31), tick=False):
        signed({"score": {"asked": 40}})
    (example,) = asked(LATER)["gamed"].examples
    assert example.evidence == (
        "definition 2 came into force on 31 March 2026 and asks less: "
        "40 points instead of 60, need not at all instead of yes"
    )


# -- who may see what -------------------------------------------------------------------------------------------------
def test_a_rep_is_asked_about_own_things_only(firm):
    adrift("Ann"), adrift("Bob", to=tom())
    assert seen("no_next_step", who=sam()) == ["Ann at Ann Inc"]
    assert seen("no_next_step", who=tom()) == ["Bob at Bob Inc"]
    assert asked(who=sam())["no_next_step"].count == 1


def test_a_manager_with_a_team_sees_the_team_and_what_is_nobodys(firm, run):
    adrift("Ann"), adrift("Bob", to=tom())
    deal(run, owner_given="", external_id="nobody's")
    boss = sue()
    User.objects.filter(pk__in=[boss.pk, sam().pk]).update(team="North")
    boss.refresh_from_db()
    assert seen("no_next_step", who=boss) == ["Ann at Ann Inc", "Opportunity at Firm 0 (nobody's)"]
    assert seen("no_next_step", who=carol()) == [
        "Ann at Ann Inc",
        "Bob at Bob Inc",
        "Opportunity at Firm 0 (nobody's)",
    ]


def test_gaming_questions_are_for_the_heads_and_never_for_reps(firm):
    acme = account("Acme")
    inquiry(prospect("Ann", acme), "web", MONDAY)
    inquiry(prospect("Anne", acme), "sales_prospecting", MONDAY + DAY)
    assert "recreated_for_credit" not in asked(_now(), sam())
    assert "recreated_for_credit" not in asked(_now(), user("Dev", "development"))
    for who in (carol(), sue(), user("Eve", "executive")):
        assert asked(_now(), who)["recreated_for_credit"].count == 1


def test_every_finding_is_a_question_and_accuses_nobody(firm, run):
    adrift("Ann"), worth("Bob", closes_on=MONDAY.date()), deal(run)
    for found in audit.findings(LATER):
        assert "?" in found.text
        assert not {"lazy", "fault", "cheat", "fraud", "guilty", "blame"} & set(found.text.lower().split())
    for many, one in audit.QUESTIONS.values():
        assert "?" in many and "?" in one and "{n}" in many


# -- the command ------------------------------------------------------------------------------------------------------
def test_the_command_prints_the_findings_as_promised(firm, capsys):
    from winnow.ops.commands import audit as command

    adrift("Ann")
    command.run(Namespace(as_of="2026-04-11", json=True, examples=5))
    said = json.loads(capsys.readouterr().out)
    assert said["as_of"] == "2026-04-11"
    (found,) = [one for one in said["findings"] if one["kind"] == "no_next_step"]
    assert found.keys() == {"kind", "count", "text", "examples"}
    assert found["examples"][0]["evidence"].startswith("accepted, nothing dated; last contact 2 March 2026")


def test_a_day_that_is_none_is_refused():
    from winnow.leads.errors import Refusal
    from winnow.ops.commands import audit as command

    with pytest.raises(Refusal, match="write it as 2026-03-31"):
        command.run(Namespace(as_of="soon", json=True, examples=5))


@pytest.mark.bars
def test_the_real_pipeline_of_a_hardware_firm_gives_the_counts_that_its_rows_give(shared_data, db):
    """Counted from the file: missing accounts, another spelling, no date, open for longer than the longest win."""
    from winnow.intake import importer

    folder = shared_data / "maven_crm"
    for kind, name in (
        ("products", "products"),
        ("accounts", "accounts"),
        ("opportunities", "sales_pipeline"),
    ):
        importer.run(folder / f"{name}.csv", kind=kind)
    found = {one.kind: one.count for one in audit.findings(date(2017, 12, 31))}
    assert found["no_account"] == 1425
    assert found["unknown_product"] == 1480
    assert found["undated"] == 500
    assert found["older_than_longest_won"] == 1291
    assert found["stale"] == 1571
    assert "impossible_dates" not in found
    assert audit.findings(date(2017, 6, 30), kinds=["older_than_longest_won"])[0].count == 149
