"""COPY behind the caller's back: everything is there when it is asked for, and what is refused is told."""

import pytest
from django.db import DataError, connection, transaction

from winnow.leads import copying

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def table():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE copied (number smallint, words text) ON COMMIT DROP")


def count() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM copied")
        return cursor.fetchone()[0]


def rows(*numbers) -> dict:
    return {"number": list(map(str, numbers)), "words": copying.texts("a\tb" for _ in numbers)}


def test_a_question_waits_for_all_that_was_told_before():
    with copying.behind():
        copying.copy_in("copied", rows(*range(2_000)))
        assert count() == 2_000
        copying.copy_in("copied", rows(1))
        copying.copy_in("copied", rows(2), at_once=True)
    assert count() == 2_002


def test_what_is_refused_is_raised_by_the_next_question_and_takes_only_its_part_of_the_transaction_along():
    copying.copy_in("copied", rows(1))
    with pytest.raises(DataError, match="out of range"), transaction.atomic(), copying.behind():
        copying.copy_in("copied", rows(70_000))
        copying.copy_in("copied", rows(2))
        count()
    assert count() == 1


def test_what_is_refused_last_is_raised_at_the_end():
    with pytest.raises(DataError, match="out of range"), transaction.atomic(), copying.behind():
        copying.copy_in("copied", rows(3))
        copying.copy_in("copied", rows(70_000))
    assert count() == 0


def test_a_caller_who_fails_leaves_nothing_behind_and_its_own_reason():
    with pytest.raises(LookupError, match="mine"), transaction.atomic(), copying.behind():
        copying.copy_in("copied", rows(70_000))
        raise LookupError("mine")
    copying.copy_in("copied", rows(4))
    assert count() == 1
