"""What looks like a machine's work at a form: single signs, crowds, and people who must not be mistaken."""

import hashlib
import json
import random
import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import signing

from winnow.intake import machines
from winnow.intake.agents import agent_is_machine
from winnow.intake.arrivals import process_pending, release, take
from winnow.intake.machines import Post, look_again, look_at
from winnow.intake.proof import is_solved, read_hand
from winnow.intake.signs import of_words
from winnow.leads.clock import now
from winnow.leads.models import Arrival, Inquiry, Mark

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))
import robots

ANN = {"first_name": "Ann", "last_name": "Lee", "email": "ann@acme.example", "message": "Which mill suits rye?"}
BITS = 4


@pytest.fixture(autouse=True)
def easy_proof(settings):
    settings.PROOF_BITS = BITS


def note_at(shown_at, code="contact", kind="page", salt="a"):
    signer = signing.TimestampSigner(salt="hosted form")
    signer.timestamp = lambda: signing.b62_encode(int(shown_at.timestamp()))
    return signer.sign(f"{code}.{kind}.1.{salt}.{hashlib.md5(salt.encode()).hexdigest()}")


def post(number=0, *, seconds=20, at=None, said=None, **more):
    at = at or now()
    given = {
        "form": "contact", "said": said or ANN, "note": note_at(at - timedelta(seconds=seconds), salt=str(number)),
        "at": at, "address": f"77.1.{number % 200}.{number % 250}", "headers": robots.browser(random.Random(number)),
    }
    return Post(**{**given, **more})


@pytest.mark.django_db
@pytest.mark.parametrize("how, words", [
    ({"trap": "x"}, "people don't see"), ({"note": ""}, "without the form"), ({"note": "made:up:note"}, "without"),
    ({"seconds": 1}, "within 3 seconds"), ({"seconds": 8 * 86_400}, "more than a week"),
    ({"note": note_at(now() - timedelta(seconds=20), code="fair")}, "another form's note"),
    ({"said": ANN | {"message": "http://a.example http://b.example http://c.example https://d.example"}}, "links"),
    ({"said": ANN | {"first_name": "https://x.example/buy"}, "headers": {"User-Agent": "curl/8"}}, "first name"),
])
def test_what_no_person_does_is_held_back_with_its_reason(how, words):
    look = look_at(post(**how))
    assert look.state == "quarantined" and words in look.reason and look.evidence["because"]


@pytest.mark.django_db
@pytest.mark.parametrize("said", [
    {"first_name": "Krzysztof", "last_name": "Brzęczyszczykiewicz"}, {"last_name": "Ng"}, {"message": ""},
    {"first_name": "小明", "last_name": "王", "message": "我们想了解贵公司的产品价格和交货时间。"},
    {"last_name": "McDonald", "company": "XQTZ GmbH"}, {"message": "ok " * 3000}, {"last_name": "Ó Súilleabháin"},
    {"message": "Our site is https://acme.example/rye and https://www.acme.example/oats, see the SEO-free photos."},
    {"last_name": "Хрущёв"}, {"last_name": "Vlk-Strč"},
    {"last_name": "DeShawn-LaRue", "message": "pls call"}, {"last_name": "Schtscherbakow", "first_name": "Lew"},
])
def test_a_person_with_an_unusual_name_or_message_passes_also_without_script(said):
    look = look_at(post(said=ANN | said))
    assert look.state == "pending" and look.points < machines.DOUBTFUL and not look.wait


@pytest.mark.django_db
def test_a_driven_browser_is_held_back_once_there_are_several():
    hand = '{"o":20000,"w":1,"k":0,"i":4,"p":0,"a":0,"x":0,"f":4,"m":1,"c":1,"t":0,"b":[40,9]}'
    at = now()
    note = note_at(at - timedelta(seconds=20))
    driven = post(at=at, note=note, proof=robots.solve(note, 8, BITS), hand=hand, headers={
        **robots.browser(random.Random(1)), "User-Agent": "Mozilla/5.0 HeadlessChrome/131.0.0.0 Safari/537.36",
    }, said=ANN | {"message": "We bring more visitors to your pages, write to us."})
    alone = look_at(driven)
    assert alone.points == 9 and alone.state == "pending", "one that somebody lets a program fill in passes"
    many = [look_at(replace(driven, hand=hand.replace("20000", f"20{n:03}"))) for n in range(9)]
    assert many[-1].state == "quarantined" and "a program drives it" in str(many[-1].because)
    assert [bool(agent_is_machine(one)) for one in (
        "python-requests/2.32", "", "Googlebot/2.1", "Mozilla/5.0 (Linux; Android 9; CUBOT NOTE 20) Chrome/120 Mobile",
        "Mozilla/5.0 (Macintosh) Version/17.4 Safari/605.1.15",
    )] == [True, True, True, False, False]


def test_the_proof_of_work_belongs_to_one_note_and_the_hand_is_read_with_care():
    proof = robots.solve("note one", 8, BITS)
    assert is_solved("note one", proof) and not is_solved("note two", proof.replace("1", "2"))
    assert not is_solved("note one", proof + ",1") and not is_solved("note one", "²,1,1,1,1,1,1,1")
    for text in ("", "[]", "{", '{"o":"x"}', '{"b":[1]}', "[" * 900, '{"k":1e400}', "x" * 3000):
        assert read_hand(text) is None
    assert read_hand('{"k":-5,"i":99999999999,"b":[1,2]}').entries == 10**9


@pytest.mark.django_db
def test_one_note_sent_again_and_again_with_other_words_is_a_machine():
    at = now()
    note = note_at(at - timedelta(seconds=30))
    looks = [look_at(post(number, at=at, note=note, said=ANN | {"message": f"Offer {number} for you, dear reader"}))
             for number in range(6)]
    assert looks[1].state == "pending", "somebody goes back and corrects"
    assert looks[5].state == "quarantined" and "sent 5 times before" in looks[5].reason


@pytest.mark.django_db
def test_thirty_colleagues_at_one_address_pass():
    at = now()
    said = [ANN | {"last_name": f"Lee{n}", "email": f"p{n}@acme.example", "company": "Acme"} for n in range(30)]
    said = [one | {"message": "" if n % 3 else f"I come by train {n}"} for n, one in enumerate(said)]
    looks = [look_at(post(n, at=at, address="198.51.100.7", said=one)) for n, one in enumerate(said)]
    assert {look.state for look in looks} == {"pending"}


@pytest.mark.django_db
def test_the_first_of_a_swarm_wait_and_are_judged_by_what_came_behind_them():
    at = now()
    text = "Hello {0}, our agency writes texts for {1} dollars, reply to this mail today."
    for number in range(90):
        said = ANN | {"first_name": f"F{number}", "last_name": f"L{number}", "email": f"m{number}@gmail.com",
                      "message": text.format(number, number)}
        look = look_at(post(number, at=at, said=said))
        take("form", "form contact", said, {}, None, state=look.state, reason=look.reason, evidence=look.evidence,
             wait=look.wait)
    held = Arrival.objects.filter(state="quarantined").count()
    waiting = Arrival.objects.filter(state="pending", due_at__gt=now() + timedelta(seconds=30))
    assert 20 < held < 90 and waiting.exists()
    Arrival.objects.update(due_at=now() - timedelta(seconds=1))
    process_pending()
    assert Arrival.objects.filter(state="quarantined").count() >= 80 and Inquiry.objects.count() <= 10
    row = Arrival.objects.filter(state="quarantined").last()
    assert "came" in row.reason and "marks" not in row.evidence and row.evidence["swarm"]
    release(row, by=None)
    process_pending()
    row.refresh_from_db()
    assert row.state == "done" and row.released_at and row.evidence["because"], "it passes for good"


@pytest.mark.django_db
def test_marks_tell_nothing_and_are_gone_after_a_day():
    look_at(post())
    assert Mark.objects.count() > 5 and not machines.forget_marks(now() + timedelta(hours=23))
    assert machines.forget_marks(now() + timedelta(hours=25)) > 5 and not Mark.objects.exists()
    monday, tuesday = now(), now() + timedelta(days=1)
    assert machines.keyed("address", "77.1.1.1", monday) != machines.keyed("address", "77.1.1.1", tuesday)


def judged(visits, span, dice):
    """All visits within `span` seconds, the waiting ones looked at again: (visit, state)."""
    at, found, waiting, events = now(), [], [], []
    for number, visit in enumerate(visits):
        shown_at = at + timedelta(seconds=dice.uniform(0, span))
        note = note_at(shown_at, salt=f"v{number}") if visit.looks else ""
        events += [(shown_at + timedelta(seconds=visit.wait + n), number, note) for n in range(visit.again + 1)]
    for moment, number, note in sorted(events):
        visit = visits[number]
        sent = robots.body(visit, note, 8, BITS)
        look = look_at(Post(
            form="contact", said=visit.fields, note=note, at=moment, address=visit.address, headers=visit.headers,
            trap=visit.trap, proof=sent.get("proof", ""), hand=sent.get("hand", ""), trustworthy=True,
        ))
        (waiting if look.wait else found).append((visit, look))
    again = look_again([look.evidence for _, look in waiting], at + timedelta(seconds=span + 60))
    return found + [(visit, look) for (visit, _), look in zip(waiting, again, strict=True)]


@pytest.mark.django_db
@pytest.mark.parametrize("count, many, span, least", [
    (400, 50, 60, 0.7), pytest.param(10_000, 100, 500, 0.9, marks=pytest.mark.bars),
])
def test_robots_are_held_back_and_people_are_not(count, many, span, least):
    """The bar at 10,000; a few hundred hide better, and the plain ones never do."""
    dice = random.Random(7)
    tally = Counter(
        ("people" if visit.person else "plain" if visit.kind == "plain" else "clever", look.state == "quarantined")
        for visit, look in judged(robots.people(dice, many) + robots.robots(dice, count), span, dice)
    )
    share = {who: tally[who, True] / (tally[who, True] + tally[who, False]) for who in ("people", "plain", "clever")}
    assert share["people"] <= 0.01 and share["plain"] >= 0.99 and share["clever"] >= least, share


SALAD = [
    "market order value", "supply region", "growth plan", "client budget", "network price", "quality report",
    "digital service", "project team", "result process", "system offer", "support product", "online target",
]


@pytest.mark.django_db
def test_a_sign_that_says_little_of_one_holds_back_a_swarm_and_not_those_without_it():
    dice, at = random.Random(3), now()
    def salad(number):
        said = ANN | {"first_name": f"Bob{number}", "email": f"b{number}@b{number}.example",
                      "message": " ".join(dice.sample(SALAD, 6))}
        return post(number, said=said, at=at + timedelta(seconds=number))
    looks = [look_at(salad(number)) for number in range(40)]
    assert looks[0].state == "pending" and looks[0].points < 8
    assert [look.state for look in looks[30:]] == ["quarantined"] * 10
    assert look_at(post(900, at=at + timedelta(seconds=50))).points < 5


@pytest.mark.django_db
def test_a_hand_made_once_and_sent_with_other_times_is_known_again():
    dice = random.Random(4)
    hand = robots.hand_of_person(dice, ANN, 20)
    looks = []
    for number, grain in enumerate(("rye", "oats", "barley")):
        said, told = ANN | {"message": f"Which mill suits {grain}?"}, json.dumps(hand | {"o": 19_000 + number})
        looks.append(look_at(post(number, said=said, hand=told)))
    assert not any(sign.code == "many replay" for sign in looks[0].because)
    assert any(sign.code == "many replay" and sign.points == 8 for sign in looks[2].because)


@pytest.mark.parametrize("text", [
    "Kami mencari mesin giling untuk gandum dengan kapasitas dua ton sehari, mohon kirim daftar harga",
    "Etsimme myllya rukiille, noin kaksi tonnia paivassa, voitteko lahettaa hinnaston meille ensi viikolla kiitos",
    "Trazimo mlin za raz, oko dve tone na dan, mozete li poslati cenovnik do petka",
])
def test_a_sentence_without_accents_in_a_language_of_few_customers_is_one(text):
    assert not of_words(ANN | {"message": text})


def test_words_alone_are_weak_evidence():
    offer = "Dear owner, our SEO experts put you on page one, earn $500 per day, see https://offer.example today."
    assert sum(sign.points for sign in of_words(ANN | {"message": offer})) < machines.HOLD
    assert not of_words(ANN | {"message": "Wir brauchen bis März ein Angebot für zwei Siebe."})
