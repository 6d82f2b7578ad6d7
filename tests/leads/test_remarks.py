"""Comments and objections of both sides on the clauses of a draft; and two people who sign at the same moment."""

import pytest
from django.db import IntegrityError, transaction

from tests.leads.people import STARTER, carol, sam, sue
from tests.leads.test_races import all_at_once
from winnow.leads.errors import Refusal
from winnow.leads.models import AuditEntry, Definition, Remark, Signature
from winnow.leads.remark import open_objections, round_of


def draft(**score):
    return Definition.draft({**STARTER, "score": {**STARTER["score"], **score}}, by=carol())


def objection(row, by, text="60 points are too few"):
    return Remark.make(row, clause="lead.score", number="4.1", kind="objection", text=text, by=by)


@pytest.mark.django_db
def test_an_objection_keeps_every_later_draft_from_being_signed_until_it_is_answered():
    first = draft()
    mine = objection(first, sam())
    Remark.make(first, clause="lead.grade", number="4.2", kind="comment", text="B is fine", by=sue())
    second = draft(asked=65)
    assert [one.pk for one in open_objections(second)] == [mine.pk] and round_of(second).count() == 2
    with pytest.raises(Refusal, match=r"open objection to clause 4\.1 by Sam"):
        second.sign(by=carol(), seen_hash=second.hash)
    with pytest.raises(Refusal, match="answered by somebody else"):
        mine.finish(how="answered", text="so be it", by=sam())
    with pytest.raises(Refusal, match="Sam withdraws it"):
        mine.finish(how="withdrawn", by=sue())
    mine.finish(how="answered", text="65 now", by=carol())
    with pytest.raises(Refusal, match="Carol has answered this objection already"):
        Remark.objects.get(pk=mine.pk).finish(how="withdrawn", by=sam())
    second.sign(by=carol(), seen_hash=second.hash)
    again = objection(second, sam(), "still too few")
    with pytest.raises(Refusal, match="open objection"):
        second.sign(by=sue(), seen_hash=second.hash)
    again.finish(how="withdrawn", by=sam())
    second.sign(by=sue(), seen_hash=second.hash)
    assert Definition.in_force() == second
    with pytest.raises(Refusal, match="signed by both sides"):
        objection(second, sam())
    third = draft(asked=70)
    assert not round_of(third).exists() and round_of(second).count() == 3
    assert AuditEntry.objects.filter(verb__contains="objection").count() == 4


@pytest.mark.django_db
def test_what_was_said_stays_said():
    mine = objection(draft(), sam())
    for change in (lambda: mine.delete(), lambda: Remark.objects.filter(pk=mine.pk).update(text="never mind")):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    with pytest.raises(Refusal, match="1 to 2,000"):
        objection(mine.definition, sam(), "  ")


@pytest.mark.django_db
def test_a_draft_whose_scenarios_do_not_hold_cannot_be_signed():
    wrong = {"name": "Ann is ready at once", "story": ["0 ann inquiry web"], "ready": True}
    row = Definition.draft({**STARTER, "scenario": [wrong]}, by=carol())
    with pytest.raises(Refusal, match=r"“Ann is ready at once”: Ann is not ready: the score is 15, asked are 60"):
        row.sign(by=carol(), seen_hash=row.hash)
    right = Definition.draft({**STARTER, "scenario": [{**wrong, "ready": False, "unmet": ["score"]}]}, by=carol())
    right.sign(by=carol(), seen_hash=right.hash)


@pytest.mark.django_db(transaction=True)
def test_two_who_sign_while_a_third_edits_never_sign_different_texts():
    """Whatever comes first: either both signatures stand on one text, or the draft overtaken is not in force."""
    for turn in range(4):
        row, by, other = draft(asked=60 + turn), carol(), sue()
        said = all_at_once(
            lambda row=row, by=by: Definition.objects.get(pk=row.pk).sign(by=by, seen_hash=row.hash),
            lambda turn=turn: draft(asked=80 + turn),
            lambda row=row, by=other: Definition.objects.get(pk=row.pk).sign(by=by, seen_hash=row.hash),
        )
        row.refresh_from_db()
        given = list(Signature.objects.filter(definition=row))
        following = Definition.objects.get(number=row.number + 1)
        assert all(one.hash == row.hash and one.signed_at <= following.created_at for one in given)
        refused = [one for one in said if isinstance(one, Exception)]
        assert all(isinstance(one, Refusal) and "was followed by draft" in str(one) for one in refused)
        assert (row.in_force_from is not None) == (len(given) == 2) and len(given) + len(refused) == 2
