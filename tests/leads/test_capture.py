"""Capture: the one path from what came in to people, accounts, cycles and facts."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from tests.tries import tries
from winnow.leads.capture import Incoming, take_inquiries
from winnow.leads.clock import now
from winnow.leads.models import Account, Cycle, FactRow, Identity, Inquiry, Person


def take(*batch, historic=False):
    with transaction.atomic():
        return take_inquiries(list(batch), at=now(), historic=historic)


def ann(number, **more):
    given = dict(external_id=str(number), email="Ann@Acme.example", first_name="Ann", last_name="Lee", channel="web")
    return Incoming(**{**given, **more})


@pytest.mark.django_db
def test_the_same_address_is_one_person_with_two_inquiries_in_one_cycle():
    first, second = take(ann(1)), take(ann(2, email=" ann@acme.example "))
    assert first[0].outcome == "created" and second[0].outcome == "merged"
    assert Person.objects.count() == 1 and Inquiry.objects.count() == 2 and Cycle.objects.count() == 1
    assert Account.objects.get().domain == "acme.example"


@pytest.mark.django_db
def test_the_same_key_again_changes_nothing_and_a_changed_row_updates():
    take(ann(1))
    assert take(ann(1))[0].outcome == "unchanged"
    again = take(ann(1, source="fair"))[0]
    assert again.outcome == "updated" and again.before == {"source": None}
    assert Inquiry.objects.get().source == "fair" and FactRow.objects.filter(kind="inquiry").count() == 1


@pytest.mark.django_db
def test_within_one_batch_the_same_person_is_created_once():
    done = take(ann(1), ann(2), ann(2), ann(3, source="x"))
    assert [one.outcome for one in done] == ["created", "merged", "unchanged", "merged"]
    assert Person.objects.count() == 1


@pytest.mark.django_db
def test_a_free_mail_address_makes_an_account_of_one_and_never_a_company():
    take(ann(1, email="ann@gmail.com"), ann(2, email="bob@gmail.com", first_name="Bob", last_name="Ray"))
    assert list(Account.objects.values_list("kind", "domain")) == [("solo", None)] * 2


@pytest.mark.django_db
def test_a_masked_address_is_kept_and_identifies_nobody_also_one_by_one():
    for number in range(4):
        take(ann(number, email="aXXXXXXX@gmail.com", first_name="", last_name=""))
    assert Person.objects.count() == 4 and Identity.objects.count() == 0
    assert set(Inquiry.objects.values_list("email", flat=True)) == {"aXXXXXXX@gmail.com"}


@pytest.mark.django_db
def test_an_address_that_unlike_people_give_stops_identifying_anybody():
    names = [("Ann", "Lee"), ("Bob", "Ray"), ("Cora", "Moe"), ("Dan", "Fox"), ("Eve", "Hill"), ("Ann", "Lee")]
    for number, (first, last) in enumerate(names):
        take(ann(number, email="team@acme.example", first_name=first, last_name=last))
    people = [person.name for person in Person.objects.order_by("id")]
    assert people == [f"{first} {last}" for first, last in names]


@pytest.mark.django_db
def test_a_company_is_matched_by_name_when_there_is_no_domain():
    names = ["Acme Corp", "ACME  corp", "Acme Inc"]
    take(*[ann(number, email="", company=name) for number, name in enumerate(names)])
    assert sorted(Account.objects.values_list("name", flat=True)) == ["Acme Corp", "Acme Inc"]
    assert Person.objects.count() == 3


@pytest.mark.django_db
def test_what_fit_needs_is_recorded_once_and_again_only_when_it_changes():
    take(ann(1, employees=200, country="Germany", seniority="director"))
    take(ann(2, employees=200, country="DE", seniority="director"))
    take(ann(3, employees=300))
    said = list(FactRow.objects.filter(kind="described").order_by("id").values_list("code", "value"))
    assert sorted(said) == [("country", "DE"), ("employees", "200"), ("employees", "300"), ("seniority", "director")]


@pytest.mark.django_db
def test_an_invalid_inquiry_is_kept_with_its_reason_and_opens_no_cycle():
    take(ann(1, email="ann@mailinator.com"))
    inquiry = Inquiry.objects.get()
    assert (inquiry.valid, inquiry.invalid_reason) == (False, "disposable") and not Cycle.objects.exists()


@pytest.mark.django_db
def test_a_crossed_out_address_or_number_was_somebodys_and_the_word_for_none_was_nobodys():
    for number, (email, phone) in enumerate([("aXXX@x.example", ""), ("", "984XXXXXXX"), ("#VALUE!", "n/a")]):
        take(ann(number, email=email, phone=phone, first_name="", last_name=""))
    said = Inquiry.objects.order_by("id").values_list("invalid_reason", flat=True)
    assert list(said) == ["", "", "unreachable"]


@pytest.mark.django_db
def test_history_claims_when_it_was_known_and_starts_no_clock():
    past = datetime(2024, 5, 1, 12, tzinfo=UTC)
    take(ann(1, captured_at=past), historic=True)
    take(ann(2, email="bob@acme.example", first_name="Bob", last_name="Ray"))
    old, new = Inquiry.objects.order_by("id")
    assert old.inquiry_due_at is None and new.inquiry_due_at > now()
    fact = FactRow.objects.order_by("id").first()
    assert fact.known_at == past and fact.claimed and fact.recorded_at > past + timedelta(days=1)


@pytest.mark.django_db
def test_what_another_system_says_of_it_today_is_known_at_import():
    past = datetime(2024, 5, 1, 12, tzinfo=UTC)
    take(ann(1, captured_at=past, stage="disqualified"), historic=True)
    fact = FactRow.objects.get(kind="disposition")
    assert fact.known_at > past and Cycle.objects.get().stage == "disqualified"


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_person_and_one_account():
    """Five hundred in the long proof, thirty of them at the same moment."""
    errors, posts = [], tries(30, 500)
    together = threading.Barrier(30)

    def post(first):
        try:
            together.wait(30)
            for number in range(first, posts, 30):
                take(ann(number))
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=post, args=(first,)) for first in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert Person.objects.count() == 1 and Account.objects.count() == 1
    assert Inquiry.objects.count() == posts and Cycle.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("together", [True, False])
def test_an_address_that_many_telephones_without_a_name_give_identifies_nobody(together):
    rows = [ann(n, first_name="", last_name="", phone=f"+49 30 22334{n:02}") for n in range(20)]
    for batch in [rows] if together else [[row] for row in rows]:
        take(*batch)
    assert Person.objects.count() == 20 if together else Person.objects.count() > 15
    assert Identity.objects.filter(person__in=Person.objects.order_by("-pk")[:15]).count() == 0


@pytest.mark.django_db
def test_somebody_without_a_name_may_have_two_telephones():
    take(*(ann(n, first_name="", last_name="", phone=f"+49 30 22334{n % 2}0") for n in range(4)))
    assert Person.objects.count() == 1
