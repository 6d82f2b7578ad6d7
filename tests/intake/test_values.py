"""Dates, numbers and the kinds of cells."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from winnow.intake.dates import DAY_FIRST, MONTH_FIRST, DateReader, format_of, read_date, study_dates
from winnow.intake.kinds import is_masked, kind_of
from winnow.intake.numbers import currency_in, read_cents, read_number, study_numbers


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-03-05", date(2024, 3, 5)), ("2024/3/5", date(2024, 3, 5)), ("20240305", date(2024, 3, 5)),
        ("05.03.2024", date(2024, 3, 5)), ("5.3.24", date(2024, 3, 5)), ("05-03-2024", date(2024, 3, 5)),
        ("5 March 2024", date(2024, 3, 5)), ("March 5, 2024", date(2024, 3, 5)), ("5. März 2024", date(2024, 3, 5)),
        ("5 mars 2024", date(2024, 3, 5)), ("5 de marzo de 2024", date(2024, 3, 5)), ("5-Mar-24", date(2024, 3, 5)),
        ("Tue, 5 Mar 2024", date(2024, 3, 5)), ("31.12.1999", date(1999, 12, 31)), ("1.1.70", date(1970, 1, 1)),
    ],
)  # fmt: skip
def test_dates_are_read_as_people_write_them(text, day):
    assert read_date(text) == day


@pytest.mark.parametrize(
    ("text", "minute"),
    [
        ("2024-03-05 14:07:09", (14, 7, 9)), ("2024-03-05T14:07", (14, 7, 0)), ("05.03.2024 14:07 Uhr", (14, 7, 0)),
        ("5/3/2024 2:07 PM", (14, 7, 0)), ("5/3/2024 12:07 am", (0, 7, 0)),
        ("March 5, 2024 at 2:07 p.m.", (14, 7, 0)), ("3/25/2024, 2:07\u202fPM", (14, 7, 0)),
        ("Di 05.03.2024 14:07", (14, 7, 0)), ("Tue Mar 05 14:07:09 CET 2024", (14, 7, 9)),
        ("2024-03-05 14:07 PST", (14, 7, 0)),
    ],
)  # fmt: skip
def test_times_of_day_are_read(text, minute):
    found = read_date(text) or read_date(text, MONTH_FIRST)
    assert (found.hour, found.minute, found.second) == minute


def test_an_offset_that_the_text_names_is_kept():
    assert read_date("Fri, 13 Jul 2012 10:00:00 +0200").astimezone(UTC) == datetime(2012, 7, 13, 8, tzinfo=UTC)
    assert read_date("2014-06-06T15:42:37Z") == datetime(2014, 6, 6, 15, 42, 37, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "2024", "12345678", "31.02.2024", "13/13/2024", "2024-13-01", "1.2.3.4", "Q1 2024", "5pm", "12:30",
        "x" * 100,
     "123-4567", "99/99/99", "2024-03-05 25:00"],
)  # fmt: skip
def test_what_is_no_date_is_none(text):
    assert read_date(text) is None


@given(st.text(max_size=60))
@example("1" + "0" * 30)
def test_no_text_breaks_the_reading_of_dates_and_numbers(text):
    for order in (DAY_FIRST, MONTH_FIRST):
        read_date(text, order)
        format_of(text, order)
    read_number(text)
    read_cents(text, ",")
    currency_in(text)
    kind_of(text)


FORMATS = [
    "%Y-%m-%d", "%d.%m.%Y", "%d/%m/%y", "%d-%m-%Y %H:%M", "%Y-%m-%d %H:%M:%S", "%d %B %Y", "%b %d, %Y",
    "%d/%m/%Y %I:%M %p", "%Y%m%d",
]  # fmt: skip


@given(st.dates(min_value=date(1970, 1, 1), max_value=date(2068, 12, 31)), st.times(), st.sampled_from(FORMATS))
def test_the_format_that_is_shown_reads_the_text_to_the_same_date(day, clock, form):
    text = datetime.combine(day, clock).strftime(form)
    read = read_date(text)
    again = datetime.strptime(text, format_of(text, DAY_FIRST))  # noqa: DTZ007
    assert again == (read if isinstance(read, datetime) else datetime.combine(read, time()))


def test_a_column_says_its_order_by_the_dates_that_have_only_one():
    assert study_dates(["01/02/2024", "13/02/2024"]).order == DAY_FIRST
    assert study_dates(["01/02/2024", "02/13/2024"]).order == MONTH_FIRST
    assert study_dates(["01.02.2024"]).order == DAY_FIRST
    assert study_dates(["01/02/2024 1:00 PM"]).order == MONTH_FIRST


def test_a_column_in_order_of_time_says_its_order_too():
    in_order = [f"{month:02}/{day:02}/2024" for month in range(1, 6) for day in (1, 5, 9)]
    found = study_dates(in_order)
    assert found.order == MONTH_FIRST
    assert found.why == "the rows are then in order of time"


def test_a_column_with_both_orders_is_mixed():
    found = study_dates(["13/02/2024", "14/02/2024", "02/13/2024", "03/04/2024"])
    assert found.mixed
    assert (found.day_first, found.month_first, found.ambiguous) == (2, 1, 1)


def test_moments_are_utc_and_dates_begin_in_the_files_own_time_zone():
    berlin = DateReader(zone="Europe/Berlin")
    assert berlin.moment("2024-07-01") == datetime(2024, 6, 30, 22, tzinfo=UTC)
    assert berlin.moment("2024-01-01 12:00") == datetime(2024, 1, 1, 11, tzinfo=UTC)
    assert berlin.moment("2024-01-01T12:00:00Z") == datetime(2024, 1, 1, 12, tzinfo=UTC)
    assert berlin.day("2024-07-01") == date(2024, 7, 1)


def test_counts_of_days_and_seconds_are_read_when_asked_for():
    assert DateReader(format="excel").day("45356") == date(2024, 3, 5)
    assert DateReader(format="unix").moment("1709640429") == datetime(2024, 3, 5, 12, 7, 9, tzinfo=UTC)
    assert DateReader(format="unix").moment("1709640429000") == datetime(2024, 3, 5, 12, 7, 9, tzinfo=UTC)
    assert DateReader(format="excel").day("Ann") is None


@pytest.mark.parametrize(
    ("text", "mark", "number"),
    [
        ("1234", ".", "1234"), ("1,234", ".", "1234"), ("1.234", ".", "1.234"), ("1.234", ",", "1234"),
        ("1,234", ",", "1.234"), ("1.234,56", ".", "1234.56"), ("1,234.56", ",", "1234.56"), ("12,5", ".", "12.5"),
        ("1 234,50 €", ".", "1234.50"), ("$1,200", ".", "1200"), ("(12.50)", ".", "-12.50"), ("-5", ".", "-5"),
        ("5-", ".", "-5"),
        ("CHF 1'234.50", ".", "1234.50"), ("10k", ".", "10000"), ("1,00,000", ".", "100000"),
        ("1.234.567", ".", "1234567"),
        ("EUR 5", ".", "5"), ("0,5", ".", "0.5"), (".5", ".", "0.5"), ("−3", ".", "-3"), ("30.0", ".", "30.0"),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(text, mark, number):
    assert read_number(text, mark) == Decimal(number)


@pytest.mark.parametrize("text",
    ["", "Ann", "1.2.3", "1,23,4", "12:30", "1e5", "--5", "(5", "1 2", "5 apples", "9" * 50])
def test_what_is_no_number_is_none(text):
    assert read_number(text) is None


def test_amounts_are_whole_hundredths_and_never_floats():
    assert read_cents("0.29") == 29
    assert read_cents("1.234.567,89") == 123456789
    assert read_cents("0.005") == 0
    assert read_cents("0.015") == 2
    assert read_cents("12%") is None
    assert read_cents("99999999999999") is None


@given(st.integers(min_value=-(10**13), max_value=10**13))
def test_any_amount_comes_back_in_both_ways_of_writing(cents):
    text = f"{Decimal(cents) / 100:,.2f}"
    assert read_cents(text) == cents
    assert read_cents(text.translate(str.maketrans(",.", ".,")), ",") == cents


def test_a_column_says_its_decimal_mark():
    assert study_numbers(["1.234", "12,5"]) == ","
    assert study_numbers(["1,234", "12.50"]) == "."
    assert study_numbers(["1,234", "2,500"]) == "."
    assert study_numbers([]) == "."


def test_the_currency_is_said_by_codes_and_clear_signs_alone():
    texts = ("5 €", "£5", "CHF 5", "5 USD", "$5", "5")
    assert [currency_in(text) for text in texts] == ["EUR", "GBP", "CHF", "USD", "", ""]


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        ("integer", "5|-5|1,234|12 EUR|2024"), ("decimal", "1.5|1,5|1.234,56 €|30.0"), ("date", "2024-03-05|5.3.24"),
        ("boolean", "yes|No|TRUE|oui|nein"), ("email", "ann@acme.com|aXX@acme.com"),
        ("url", "https://acme.com/a|www.acme.com"),
        ("phone", "+49 30 123456|030 123456|650-253-0000|(650) 253-0000"),
        ("masked", "984XXXXXXX|XXXXXXX|****|aXXXXXXXahoo.com"),
        ("text", "Ann|007|08123|IT-1234|Berlin 3|12:30"), ("missing", "|null|N/A|#VALUE!|-"),
    ],
)  # fmt: skip
def test_cells_are_of_the_kind_they_look_like(kind, texts):
    assert {text: kind_of(text) for text in texts.split("|")} == dict.fromkeys(texts.split("|"), kind)


def test_masked_means_crossed_out_and_not_merely_odd():
    assert is_masked("984XXXXXXX")
    assert not is_masked("XXL")
    assert not is_masked("Maxx")


def test_the_name_of_a_time_zone_is_its_offset_where_it_means_one():
    assert read_date("2024-03-05 14:07 CET") == datetime(2024, 3, 5, 13, 7, tzinfo=UTC)
    assert read_date("2024-03-05 14:07 IST") is None
    assert format_of("2024-03-05 14:07 CET", DAY_FIRST) == ""
    assert kind_of("0000-00-00") == "missing"
