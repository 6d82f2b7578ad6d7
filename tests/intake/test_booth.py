"""What a booth sends: kept once, refused in words, joined with the badge list, told at the right time."""

from datetime import timedelta

import pytest

from tests.web import people
from winnow.funnel.event import figures, unanswered
from winnow.intake.arrivals import process_pending, repair
from winnow.intake.badges import load_badges
from winnow.intake.tablets import take_entries
from winnow.leads import sorting
from winnow.leads.campaign import Campaign, CostLine
from winnow.leads.clock import now
from winnow.leads.due import judge_due
from winnow.leads.errors import Refusal
from winnow.leads.event import BoothDevice, Event
from winnow.leads.inquiry import Arrival, Inquiry
from winnow.leads.models import Person
from winnow.leads.story import story
from winnow.leads.unchanged import addresses

pytestmark = pytest.mark.django_db
NEED = {"question": "What brings you here?", "answer": "Goods spoil", "feeds": "need", "value": "yes"}
SIZE = {"question": "How many are you?", "answer": "51 to 250", "feeds": "employees", "value": "250"}
LIST = b"""Badge,Vorname,Nachname,E-Mail,Firma
HM-7,Bob,Berg,bob@berg.example,Berg AG
HM-9,Zoe,Zorn,zoe@zorn.example,Zorn KG
"""


@pytest.fixture
def tablet():
    today = now().date()
    campaign = Campaign.objects.create(code="fair", name="Fair", channel="event", created_at=now())
    event = Event.objects.create(
        code="fair", name="Spring fair", starts_on=today, ends_on=today, campaign=campaign, created_at=now()
    )
    return BoothDevice.allow(event, "Tablet 1", by=None)


def entry(key="ann-00001", **fields):
    return {"key": key, "tablet_at": now().isoformat(), "staff": "Sue", **fields}


def ann(key="ann-00001", **more):
    return entry(key, first_name="Ann", last_name="Lee", email="ann@acme.example", answers=[NEED, SIZE], **more)


def send(tablet, *entries, sent_at=None):
    return take_entries(tablet, list(entries), sent_at=(sent_at or now()).isoformat(), waiting=len(entries))


def test_an_entry_is_an_inquiry_with_evidence_however_often_it_is_sent(tablet):
    people.signed()
    body = ann(talked=True, consent=True)
    other = BoothDevice.allow(tablet.event, "the same tablet by a new address", by=None)
    assert all(send(one, body)[0].kept for one in (tablet, tablet, other))
    process_pending()
    judge_due()
    one = Inquiry.objects.get()
    assert (one.channel, one.source, one.campaign.name, one.valid) == ("event", "Spring fair", "Fair", True)
    assert one.person.answers.get().quote == "Goods spoil" and one.person.answers.get().source == "event"
    assert one.person.account.employees == 250 and one.person.consents.get().given
    assert one.person.standing.levels[2] == "yes" and "conversation" not in one.person.standing.unmet
    told = " ".join(f"{m.strong} {m.plain} {m.after}" for m in story(one.person))
    assert "What brings you here? Goods spoil" in told and "Spring fair" in told and "Talked with Sue" in told


def test_who_comes_twice_is_one_person(tablet):
    send(tablet, ann(badge="hm-1"), entry("again-001", badge=" HM-1 ", last_name="Lee"), ann("third-001"))
    process_pending()
    assert Person.objects.count() == 1 and Inquiry.objects.count() == 3
    send(tablet, entry("slip-0001", badge="HM-1", last_name="Ortega"))  # somebody typed a wrong badge
    process_pending()
    assert Person.objects.count() == 2


def test_a_badge_alone_waits_for_the_list_and_is_filled_in_once(tablet):
    send(tablet, entry(badge="hm-7", answers=[NEED]), entry("lone-0001", badge="HM-8"),
         entry("named-001", badge="HM-9", last_name="Zorn"))
    process_pending()
    assert Inquiry.objects.get().person.name == "Zorn" and figures(tablet.event).waiting == 2
    with pytest.raises(Refusal, match="which column"):
        load_badges(tablet.event, "list.csv", LIST.replace(b"Badge", b"X"), by=None)
    for _ in range(2):
        loaded = load_badges(tablet.event, "list.csv", LIST, by=None)
        process_pending()
    assert (loaded.badges, loaded.let_go, loaded.filled) == (2, 0, 0)
    bob, zoe = Person.objects.get(last_name="Berg"), Person.objects.get(last_name="Zorn")
    assert bob.inquiries.get().answers["need"] == "yes" and str(bob.account) == "Berg AG"
    assert (zoe.first_name, zoe.email) == ("", "zoe@zorn.example") and Inquiry.objects.count() == 2
    assert figures(tablet.event).waiting == 1 and addresses().examples == []


def test_a_refused_entry_is_mended_at_the_booth_or_here_and_never_twice(tablet):
    wrong = {**ann(), "email": "ann@acme"}
    (answer,) = send(tablet, wrong)
    assert not answer.kept and answer.field == "email" and "ann@acme" in answer.reason
    send(tablet, wrong)
    assert Arrival.objects.get().state == "rejected"
    assert send(tablet, ann())[0].kept and figures(tablet.event).refused == 0
    (answer,) = send(tablet, {**wrong, "key": "other-001"})
    repair(Arrival.objects.get(state="rejected", arrival=None), {**ann(), "event": tablet.event.pk}, by=None)
    assert not answer.kept and send(tablet, ann("other-001"))[0].kept
    process_pending()
    assert Inquiry.objects.count() == 2 and Person.objects.count() == 1
    send(tablet, ann("clean-001"))
    assert send(tablet, ann("clean-001", title="CEO"))[0].field == "key"


def test_a_tablet_whose_clock_is_wrong_tells_the_right_time(tablet):
    ahead, at = timedelta(days=400), now()
    for number, (said, sent) in enumerate([
        (at + ahead - timedelta(minutes=90), at + ahead), (at - timedelta(days=300), at), (at + ahead, at)
    ]):
        send(tablet, {**ann(f"clock-00{number}"), "tablet_at": said.isoformat()}, sent_at=sent)
    process_pending()
    shifted, early, late = Inquiry.objects.order_by("pk").values_list("captured_at", flat=True)
    assert abs(at - timedelta(minutes=90) - shifted) < timedelta(seconds=5)
    assert early.date() == tablet.event.starts_on - timedelta(days=1) and late <= now()
    assert Arrival.objects.first().body["tablet_at"] == (at + ahead - timedelta(minutes=90)).isoformat()


def test_the_figures_of_an_event(tablet):
    people.signed()
    CostLine.objects.create(campaign=tablet.event.campaign, on=now().date(), amount_cents=90_000)
    send(tablet, ann(), ann("again-001"), entry("bob-00001", last_name="Bo", phone="+47 22 22 22 22", staff="Sam"))
    process_pending()
    sorting.log_call(Person.objects.get(last_name="Lee"), result="spoke", by=people.carol())
    found = figures(tablet.event)
    assert (found.entries, found.visitors, found.prospects, found.qsos) == (3, 2, 2, 0)
    assert found.staff == [("Sue", 2), ("Sam", 1)] and found.hours[0][1] == 3
    assert (found.cost_cents, found.per_qso_cents) == (90_000, None)
    assert [one.person.last_name for one in unanswered(tablet.event)] == ["Bo"] and found.unanswered == 1


def test_a_tablet_opens_by_its_own_signed_address_alone(tablet):
    assert BoothDevice.of_code(tablet.code) == tablet
    other = BoothDevice.allow(tablet.event, "Tablet 2", by=None)
    wrong = f"{other.pk}-{tablet.code.partition('-')[2]}"
    assert not any(BoothDevice.of_code(code) for code in (wrong, "", "1", "x-y", f"{tablet.pk}-", "9" * 30))
