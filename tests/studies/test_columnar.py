"""The columnar copy holds what the database holds, once each, and a back-test over it says what was judged live."""

from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.leads.people import MONDAY, account, carol, prospect, sam, signed
from tests.leads.test_honest_cache import recorded
from tests.policy import invented
from tests.studies.test_backtest import DEMANDING
from tests.tries import tries
from winnow.funnel import reports
from winnow.leads.definition import Definition
from winnow.leads.due import judge_due
from winnow.leads.errors import Refusal
from winnow.leads.fact import minute, moment
from winnow.leads.models import FactRow, Lead, Study
from winnow.leads.record import recording
from winnow.policy import facts
from winnow.studies import backtesting
from winnow.studies.backtest import Question, run
from winnow.studies.columnar import FOLDER, grow
from winnow.studies.tally import Tally, spans_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    """An account with Ann, who took something, wants something and is with Sam."""
    signed(DEMANDING)
    acme = account("Acme")
    ann = prospect("Ann", acme)
    with recording(acme, at=MONDAY) as history:
        history.append(facts.Inquired(person=ann.pk, channel="web"))
        history.append(facts.Inquired(person=ann.pk, channel="purchased_list", interest="passive"))
        history.append(facts.ContentTaken(person=ann.pk, content='say "demo", twice'))
        history.append(facts.Answered(person=ann.pk, item="need", level="yes", source="rep"))
    return acme


def question(sql, copy):
    return copy.open(1).execute(sql).fetchall()


def test_screens_and_studies_give_the_same_figure_for_the_same_question(acme, tmp_path):
    """The trail of an account reads PostgreSQL; the study reads files."""
    copy = grow(tmp_path)
    totals = reports.run("trail", account=str(acme.pk)).totals
    (found,) = question(
        f"""SELECT count(*), count(DISTINCT person), count(*) FILTER (kind = 'inquiry'),
              avg((value = 'active')::INT) FILTER (kind = 'inquiry'), avg(claimed::INT)
            FROM facts JOIN sayings USING (saying) WHERE account = {acme.pk}""",
        copy,
    )
    assert found == (
        totals["facts"], totals["people"], totals["inquiries"], totals["active_share"], totals["claimed_share"]
    )  # fmt: skip


def test_the_copy_grows_by_what_is_new_and_holds_each_fact_once(acme, tmp_path):
    first = grow(tmp_path)
    assert first.facts == FactRow.objects.count() == 4
    with recording(acme, at=MONDAY) as history:
        history.append(facts.Met(person=acme.people.get().pk))
    second = grow(tmp_path)
    told = "SELECT id, person, happened, kind, code FROM facts JOIN sayings USING (saying) ORDER BY id"
    rows = question(told, second)
    stored = FactRow.objects.order_by("id").values_list("id", "person", "happened_at", "kind", "code")
    assert rows == [(*row[:2], minute(row[2]), *row[3:]) for row in stored]
    assert second.facts == 5


def test_many_small_files_become_one(acme, tmp_path, monkeypatch):
    monkeypatch.setattr("winnow.studies.columnar.MOST_PARTS", 2)
    for day in range(4):
        with recording(acme, at=moment(minute(MONDAY) + day * 1440)) as history:
            history.append(facts.MailSent(mail=f"tip {day}"))
        copy = grow(tmp_path)
    assert len(copy.parts) <= 3
    assert question("SELECT count(*), count(DISTINCT id) FROM facts", copy) == [(8, 8)]
    assert len(list((tmp_path / FOLDER).glob("facts-*.parquet"))) <= 5


@settings(
    max_examples=tries(5, 40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)  # fmt: skip
@given(st.integers(0, 2**40), invented.histories(most=14, structural=False))
def test_what_a_back_test_finds_is_what_was_judged_live_moment_by_moment(db, tmp_path_factory, seed, history):
    """Leads were made when an account turned ready, and lapsed when it stopped being so, at the same minutes."""
    definition = signed(invented.document(Random(seed)))
    accounts, _ = recorded(history)
    last = history[-1].recorded + 20 * 1440
    while judge_due(at=moment(last)):
        pass
    folder, seen = tmp_path_factory.mktemp("run"), {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tally, "account", lambda self, turns, *_: seen.setdefault("turns", []).extend(turns) or [])
        run(Question(definition.document, None, None, last), grow(folder), folder / "work", 0)
    for one in accounts.values():
        live = [
            (minute(made), None if closed is None else minute(closed))
            for made, closed in Lead.objects.filter(account=one).order_by("pk").values_list("made_at", "closed_at")
        ]
        turns = [turn for turn in seen.get("turns", []) if turn.account == one.pk]
        assert _joined(spans_of(turns)) == _joined(live)


def _joined(spans):
    """Without spans of no length, which one transaction hides, and with those that meet as one."""
    found = []
    for start, end in spans:
        if found and found[-1][1] == start:
            found[-1] = (found[-1][0], end)
        elif start != end:
            found.append((start, end))
    return [(start, end) for start, end in found if start != end]


def test_a_back_test_that_is_asked_for_is_run_by_the_worker_and_kept(acme, tmp_path, settings):
    settings.HOME = tmp_path
    draft = Definition.draft({**DEMANDING, "bantfo": {}}, by=carol())
    backtesting.ask(draft, by=carol())
    with pytest.raises(Refusal):
        backtesting.ask(draft, by=sam())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backtesting, "PROCESSES", 0)
        assert backtesting.run_waiting() == 1
    kept = backtesting.newest_of(draft)
    assert kept.result["qso"] == kept.result["against"]["qso"] == 1
    assert kept.result["facts"] == 4
    assert Study.running("backtest") is None
    assert backtesting.run_waiting() == 0
