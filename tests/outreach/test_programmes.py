"""Who is in a programme, what they get next, and when it ends."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from tests.outreach import scene
from tests.web import people
from winnow.leads.campaign import Content
from winnow.leads.clock import now
from winnow.leads.cycle import Cycle
from winnow.leads.errors import Refusal
from winnow.leads.inquiry import Consent
from winnow.leads.mailbox import Bounce, KeptOut
from winnow.leads.message import Enrolment, Message, Suppression, address_hash
from winnow.leads.record import recording
from winnow.outreach import gate, health, hours, outbox, phases, programmes, unsubscribe
from winnow.policy import facts

pytestmark = pytest.mark.django_db


def run(tuesday, days):
    """Let the loop run every two hours of so many days, and its slower duties once a day."""
    for _ in range(days):
        programmes._last_run.clear()
        morning = now().replace(minute=0)
        for hour in range(max(morning.hour, 8), 18, 2):
            tuesday.move_to(max(morning.replace(hour=hour), now()))
            programmes.advance_due()
            outbox.send_due()
        tuesday.move_to((morning + timedelta(days=1)).replace(hour=7))


# -- getting in ------------------------------------------------------------------------------------------------------
def test_somebody_nurturing_with_consent_gets_in():
    place = programmes.enrol(scene.prospect(), scene.programme(), by=people.carol())
    assert (place.stopped_at, place.exhausted) == (None, False)
    assert timedelta(0) <= place.due_at - scene.TUESDAY.replace(minute=15) < timedelta(minutes=1)


def test_a_mailbox_may_get_in():
    assert programmes.enrol(scene.prospect("Info", kind="mailbox"), scene.programme())


def refused(person, of=None):
    with pytest.raises(Refusal) as said:
        programmes.enrol(person, of or scene.programme())
    return said.value


def test_who_may_not_get_in_and_why():
    gone = scene.prospect("Ann")
    unsubscribe.opt_out(gone.email, person=gone, how="by_hand")
    assert refused(gone).code == "suppressed"
    assert refused(scene.prospect("Bob", consent=False, country="DE")).code == "no_consent"
    assert refused(scene.prospect("Bob", consent=False)).code == "no_consent"
    assert refused(scene.prospect("Bob", address="")).code == "no_address"
    assert refused(scene.prospect("Bob", address="#VALUE!")).code == "no_address"
    assert refused(scene.prospect("Bob", stage="accepted")).code == "handed_off"
    assert refused(scene.prospect("Bob", stage="ready")).code == "ready"
    assert refused(scene.prospect("Bob", stage="disqualified")).code == "closed"
    dead = scene.prospect("Bob")
    Bounce.objects.create(address_hash=address_hash(dead.email), at=now(), hard=True, reason="no such user")
    assert refused(dead).code == "bounced"
    assert "takes no mail: no such user" in str(refused(dead))


def test_consent_is_asked_for_where_the_programme_says_so():
    american = scene.prospect("Ann", consent=False, country="US")
    customer = scene.prospect("Bob", consent=False, country="DE")
    customer.account.customer = True
    customer.account.save()
    assert programmes.enrol(american, scene.programme())
    assert programmes.enrol(customer, scene.programme())
    other = scene.prospect("Cleo", consent=False, country="US")
    assert refused(other, scene.programme(consent="always")).code == "no_consent"
    german = scene.prospect("Dan", consent=False, country="DE")
    assert programmes.enrol(german, scene.programme(consent="objection_only"))


def test_an_opting_out_that_an_import_brought_counts_and_a_later_yes_lifts_it(tuesday):
    ann = scene.prospect(consent=False, country="US")
    with recording(ann.account) as history:
        history.append(facts.OptedOut(person=ann.pk, how="import"))
    assert refused(ann).code == "opted_out"
    tuesday.shift(timedelta(minutes=1))
    Consent.objects.create(person=ann, given=True, how="form", at=now())
    assert programmes.enrol(ann, scene.programme())


def test_one_programme_at_a_time():
    place = scene.enrolled()
    said = refused(place.person)
    assert said.code == "enrolled"
    assert f"is in {place.programme} since 10 March 2026" in str(said)


def test_the_same_programme_again_takes_the_old_place_up_and_repeats_nothing(sink, tuesday):
    place = scene.enrolled(of=scene.programme(pace_days=7))
    programmes.advance_due()
    outbox.send_due()
    programmes.stop(place, "by_hand", by=people.carol())
    again = programmes.enrol(place.person, place.programme)
    assert again.pk == place.pk
    assert again.due_at - now() > timedelta(days=6)  # not before the pace has passed
    run(tuesday, 15)
    assert [mail["Subject"] for mail in sink.mails] == ["Tip 1 for Ann", "Tip 2 for Ann", "Tip 3 for Ann"]


# -- by itself -------------------------------------------------------------------------------------------------------
def test_who_gets_to_nurturing_is_put_in_where_the_programme_says_so():
    of = scene.programme(auto_enrol=True)
    ann, bob = scene.prospect("Ann"), scene.prospect("Bob", stage="new")
    programmes.auto_enrol()
    assert list(of.enrolments.values_list("person", flat=True)) == [ann.pk]
    assert not Enrolment.objects.filter(person=bob).exists()


def test_who_is_kept_out_is_shown_with_the_reason_and_asked_again_a_day_later(tuesday):
    of = scene.programme(auto_enrol=True)
    ann = scene.prospect(consent=False, country="DE")
    assert programmes.auto_enrol() == 1
    assert programmes.auto_enrol() == 0
    kept = KeptOut.objects.get()
    assert (kept.cycle, kept.code) == (Cycle.open_for(ann), "no_consent")
    assert "Ann has given no consent" in kept.reason
    Consent.objects.create(person=ann, given=True, how="form", at=now())
    tuesday.shift(timedelta(days=1, minutes=1))
    programmes.auto_enrol()
    assert of.enrolments.get().person == ann
    assert not KeptOut.objects.exists()


def test_a_history_that_was_brought_in_starts_no_mail():
    of = scene.programme(auto_enrol=True)
    scene.prospect(historic=True)
    assert programmes.auto_enrol() == 0
    ann = scene.prospect("Ann", historic=True, stage="disqualified")
    Cycle.begin(ann, at=now(), by=people.carol(), stage="nurturing")  # somebody here decided
    programmes.auto_enrol()
    assert of.enrolments.get().person == ann


def test_who_lapses_from_ready_is_taken_up_again_and_whom_a_person_took_out_is_not(tuesday):
    of = scene.programme(auto_enrol=True)
    ann, bob = scene.prospect("Ann"), scene.prospect("Bob")
    programmes.auto_enrol()
    cycle = scene.move(ann, "ready")
    programmes.stop(Enrolment.objects.get(person=bob), "by_hand", by=people.carol())
    programmes.stop_ended()
    assert Enrolment.objects.get(person=ann).stop_reason == "ready"
    cycle.move("nurturing", by=None, at=now())
    programmes.auto_enrol()
    assert list(of.enrolments.filter(stopped_at=None).values_list("person", flat=True)) == [ann.pk]


# -- what comes next -------------------------------------------------------------------------------------------------
def test_a_mail_every_two_weeks_and_then_it_says_that_it_has_no_more(sink, tuesday):
    place = scene.enrolled()
    run(tuesday, 50)
    gone = [mail["Date"] for mail in sink.mails]
    days = [mail["Date"].datetime.date() for mail in sink.mails]
    assert len(gone) == 3
    assert [(later - earlier).days for earlier, later in pairwise(days)] == [14, 14]
    place.refresh_from_db()
    assert (place.exhausted, place.stopped_at, place.due_at) == (True, None, None)
    more = {"code": "new", "phase": "learning", "subject": "One more", "body": "Hello"}
    programmes.add_tip(place.programme, **more, by=people.carol())
    run(tuesday, 3)
    assert len(sink.mails) == 4


@pytest.mark.bars
def test_the_tip_fits_the_buyer_s_phase_and_else_the_nearest(sink, tuesday):
    of = scene.programme(tips=1)
    for position, phase in enumerate(("preference", "interest", "learning"), start=2):
        scene.tip(of, position, phase=phase, subject=phase)
    Content.objects.create(code="roi", title="Returns", phase="preference", created_at=now())
    place = scene.enrolled(of=of)
    with recording(place.person.account) as history:
        history.append(facts.ContentTaken(person=place.person_id, content="roi"))
    run(tuesday, 50)
    assert [mail["Subject"] for mail in sink.mails] == ["preference", "interest", "Tip 1 for Ann", "learning"]


def test_the_phase_is_what_somebody_set_else_what_they_used_lately():
    for code, phase in (("paper", "learning"), ("case", "interest"), ("compare", "preference")):
        Content.objects.create(code=code, title=code, phase=phase, created_at=now())
    ann = scene.prospect(stage="new", at=now() - timedelta(days=400))
    assert phases.phase_of(ann) == "learning"
    for days, content in ((300, "compare"), (290, "case")):
        with recording(ann.account) as history:
            happened = now() - timedelta(days=days)
            history.append(facts.ContentTaken(person=ann.pk, content=content), happened=happened)
    assert phases.phase_of(ann) == "interest"  # the last of long ago
    with recording(ann.account) as history:
        history.append(facts.ContentTaken(person=ann.pk, content="compare", machine=True))
        history.append(facts.ContentTaken(person=ann.pk, content="paper"))
    assert phases.phase_of(ann) == "learning"
    ann.phase = "preference"
    assert phases.phase_of(ann) == "preference"


def test_content_that_they_have_used_comes_last(sink, tuesday):
    of = scene.programme(tips=0)
    used = Content.objects.create(code="paper", title="A paper", url="https://halm.example/p", created_at=now())
    scene.tip(of, 1, content=used, subject="used")
    scene.tip(of, 2, subject="fresh")
    place = scene.enrolled(of=of)
    with recording(place.person.account) as history:
        history.append(facts.ContentTaken(person=place.person_id, content="paper"))
    run(tuesday, 16)
    assert [mail["Subject"] for mail in sink.mails] == ["fresh", "used"]
    assert "A paper: https://winnow.example/c/" in scene.plain(sink.mails[1])


@pytest.mark.bars
def test_never_more_than_one_a_week_and_three_a_month_however_fast_the_pace(sink, tuesday):
    place = scene.enrolled(of=scene.programme(tips=12, pace_days=1))
    run(tuesday, 60)
    times = sorted(message.sent_at for message in Message.objects.filter(enrolment=place, state="sent"))
    assert 4 <= len(times) <= 7
    for span, most in gate.CAPS:
        for start in times:
            assert sum(start <= one < start + span for one in times) <= most


def test_quiet_hours_are_those_of_the_recipient(tuesday):
    people.signed()
    house = hours.House()
    tokyo, unknown = scene.prospect("Ann", country="JP"), scene.prospect("Bob")
    chosen = scene.prospect("Cleo", country="JP", time_zone="America/New_York")
    at = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)  # 19:00 in Tokyo, 06:00 in New York
    assert (house.is_open(at, tokyo), house.is_open(at, unknown), house.is_open(at, chosen)) == (False, True, False)
    assert house.next_open(at, tokyo) == datetime(2026, 3, 10, 23, 0, tzinfo=UTC)
    assert house.next_open(at, chosen) == datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
    friday = datetime(2026, 3, 13, 18, 0, tzinfo=UTC)
    assert house.next_open(friday, unknown) == datetime(2026, 3, 16, 8, 0, tzinfo=UTC)


def test_over_the_change_of_clocks_eight_stays_eight():
    berlin = scene.prospect(country="DE")
    house = hours.House()
    before, after = datetime(2026, 3, 27, 20, 0, tzinfo=UTC), datetime(2026, 3, 30, 6, 0, tzinfo=UTC)
    assert house.next_open(before, berlin) == after


def test_a_programme_may_ask_that_somebody_looks_at_each_mail_first(sink):
    message = scene.queued(of=scene.programme(person_checks=True))
    outbox.send_due()
    message.refresh_from_db()
    assert (message.state, sink.mails) == ("held", [])


def test_the_next_mail_waits_for_the_one_before(sink, tuesday, settings):
    settings.MAIL_CONFIGURED = False
    place = scene.enrolled()
    run(tuesday, 40)
    assert Message.objects.filter(enrolment=place).count() == 1


def test_a_merged_person_leaves_and_the_survivor_gets_nothing_twice(sink, tuesday):
    of = scene.programme(auto_enrol=True)
    place = scene.enrolled("Ann", of=of)
    programmes.advance_due()
    outbox.send_due()
    double = scene.prospect("Ann")
    ann = place.person
    ann.merged_into = double
    ann.save()
    run(tuesday, 45)
    place.refresh_from_db()
    assert place.stop_reason == "merged"
    assert [mail["Subject"] for mail in sink.mails] == ["Tip 1 for Ann", "Tip 2 for Ann", "Tip 3 for Ann"]
    assert [mail["To"] for mail in sink.mails] == [ann.email, double.email, double.email]


def test_after_as_long_as_buying_takes_it_ends():
    place = scene.enrolled(of=scene.programme(months=12))
    Enrolment.objects.filter(pk=place.pk).update(started_at=now() - timedelta(days=366))
    programmes.stop_ended()
    place.refresh_from_db()
    assert place.stop_reason == "over"


def test_a_handoff_ends_it_and_calls_back_what_waits():
    message = scene.queued()
    scene.move(message.person, "handed_off")
    programmes.stop_ended()
    message.refresh_from_db()
    message.enrolment.refresh_from_db()
    assert (message.state, message.enrolment.stop_reason) == ("cancelled", "handed_off")
    assert message.reason == "the programme was stopped: handed off"


def test_a_mail_that_was_called_back_goes_when_its_time_comes_again(sink, tuesday):
    message = scene.queued()
    programmes.stop(message.enrolment, "by_hand")
    programmes.enrol(message.person, message.enrolment.programme)
    run(tuesday, 2)
    message.refresh_from_db()
    assert (message.state, len(sink.mails)) == ("sent", 1)


# -- pausing, and lots -----------------------------------------------------------------------------------------------
def test_a_paused_programme_sends_nothing_and_goes_on_where_it_stood(sink, tuesday):
    message = scene.queued()
    of = message.enrolment.programme
    programmes.pause(of, "new texts", by=people.carol())
    run(tuesday, 5)
    message.refresh_from_db()
    assert (message.state, sink.mails) == ("queued", [])
    programmes.resume(of, by=people.carol())
    run(tuesday, 2)
    message.refresh_from_db()
    assert message.state == "sent"


def fallout(of, *, went, back, complaints=0):
    """As if so many mails had gone out and come back."""
    from winnow.leads.mailbox import IncomingMail

    place = scene.enrolled(of=of)
    made = Message.objects.bulk_create([
        Message(kind="marketing", enrolment=place, address=f"a{n}@x.example", subject="s", body="b", state="sent",
                message_id=f"<{of.pk}-{n}@x>", send_at=now(), handed_at=now(), sent_at=now(), created_at=now())
        for n in range(went)
    ])  # fmt: skip
    Bounce.objects.bulk_create([Bounce(message=one, address_hash="x", at=now(), hard=True) for one in made[:back]])
    IncomingMail.objects.bulk_create([
        IncomingMail(digest=f"{of.pk}-{n}", raw=b"", received_at=now(), kind="complaint", message=made[n])
        for n in range(complaints)
    ])  # fmt: skip


def test_too_many_bounces_or_complaints_pause_a_programme_by_itself(tuesday):
    good, bounced, hated = scene.programme(), scene.programme(), scene.programme()
    fallout(good, went=100, back=4)
    fallout(bounced, went=100, back=5)
    fallout(hated, went=1000, back=0, complaints=1)
    assert health.watch_programmes() == 2
    for one in (good, bounced, hated):
        one.refresh_from_db()
    assert good.paused_at is None
    assert bounced.pause_reason.startswith("5 of 100 mails came back")
    assert hated.pause_reason.startswith("1 of 1000 mails were complained about")
    tuesday.shift(timedelta(hours=1))
    programmes.resume(bounced, by=people.carol())
    assert health.watch_programmes() == 0  # somebody looked at those


def test_twice_the_bounces_endanger_all_mail_and_everything_stands_still():
    bounced, other = scene.programme(), scene.programme()
    fallout(bounced, went=100, back=10)
    assert health.watch_programmes() == 2
    other.refresh_from_db()
    assert "endangers all mail" in other.pause_reason


def test_a_lot_decides_for_ever_who_gets_nothing(sink, tuesday):
    of = scene.programme(holdout_percent=50)
    places = [scene.enrolled(f"Ann{number}", of=of) for number in range(20)]
    out = {place.person_id for place in places if place.held_out}
    assert 3 <= len(out) <= 17
    assert all(programmes.drawn(place.person, of) == place.held_out for place in places)
    run(tuesday, 2)
    reached = set(Message.objects.values_list("person_id", flat=True))
    assert reached == {place.person_id for place in places} - out


def test_suppression_by_address_holds_for_a_double_with_the_same_address():
    ann = scene.prospect("Ann")
    unsubscribe.opt_out(ann.email, person=ann, how="link")
    double = scene.prospect("Annie", address="second@mill.example")
    double.email = ann.email.upper()
    double.save()
    assert refused(double).code == "suppressed"
    assert Suppression.objects.count() == 1
