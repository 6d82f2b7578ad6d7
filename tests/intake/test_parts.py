"""A long list is taken in by two processes side by side: every row once, whichever of the two stops."""

import pytest

from tests.intake.files import LEADS, load, sums, written
from winnow.intake import beside, parts, taking
from winnow.intake.importer import Stopped
from winnow.intake.mapping import parse
from winnow.intake.source import Source
from winnow.leads.models import Account, Import, ImportRow, Inquiry, Person

ROWS = 400
FIRMS = 41


@pytest.fixture
def two(monkeypatch):
    """Files of the tests are long, and there is room for two."""
    monkeypatch.setattr(parts, "MANY_LINES", 100)
    monkeypatch.setattr(parts, "_processors", lambda: 2)
    monkeypatch.setattr(taking, "CHUNK_ROWS", 50)


def rows(count=ROWS):
    """People of some companies; one in ten came before."""
    lines = ["id,date,mail,first,last,firm,from"]
    for number in range(count):
        who = number - 7 if number % 10 == 9 else number
        lines.append(f"{number},2024-03-01,p{who}@firm{who % FIRMS}.example,P{who},Lee,Firm {who % FIRMS},fair")
    return "\n".join(lines) + "\n"


def in_once(result):
    assert sums(result) == {"created": ROWS - ROWS // 10, "merged": ROWS // 10}
    assert ImportRow.objects.values("line").distinct().count() == ImportRow.objects.count() == ROWS
    assert Inquiry.objects.values("external_id").distinct().count() == Inquiry.objects.count() == ROWS
    assert Person.objects.count() == ROWS - ROWS // 10 and Account.objects.count() == FIRMS


@pytest.mark.django_db(transaction=True)
def test_two_processes_take_in_every_row_once(tmp_path, two):
    told = []
    in_once(load(written(tmp_path, rows()), LEADS, progress=lambda done, of: told.append(done)))
    done = Import.objects.get()
    assert len(done.parts) == 2 and all(part["line"] > ROWS / 2 for part in done.parts)
    assert told[-1] == ROWS and done.state == "done" and len(done.chunks) > 2


@pytest.mark.django_db(transaction=True)
def test_where_the_second_process_ends_the_first_does_its_part(tmp_path, two, monkeypatch):
    real = beside._process_of

    class Killed:
        def __init__(self, *told):
            self.process = real(*told)

        def __getattr__(self, name):
            return getattr(self.process, name)

        def start(self):
            self.process.start()
            self.process.kill()

    monkeypatch.setattr(beside, "_process_of", Killed)
    in_once(load(written(tmp_path, rows()), LEADS))


@pytest.mark.django_db(transaction=True)
def test_both_parts_of_a_run_that_was_stopped_are_gone_on_with(tmp_path, two):
    path = written(tmp_path, rows())

    def stop(done, of):
        raise KeyboardInterrupt

    with pytest.raises(Stopped, match="rows are in"):
        load(path, LEADS, progress=stop)
    assert 0 < Inquiry.objects.count() < ROWS
    in_once(load(path, LEADS))
    assert Import.objects.count() == 1


def test_a_row_is_in_one_part_with_its_company_its_address_and_its_number(tmp_path):
    lines = ["id,date,mail,first,last,firm,from"]
    lines += [f"{n},,p{n}@mail{n % 3}.firm{n % 9}.co.uk,,,," for n in range(60)]
    lines += [f"f{n},,somebody{n % 20}@gmail.com,,,," for n in range(60)]
    lines += [f"c{n},,,,,Firm  {n % 9} GmbH," for n in range(30)]
    lines += [f"w{n},,o{n}@web.de,,,Known {n % 9}," for n in range(30)]
    lines[1:1] = [f"k{n},,k{n}@known{n % 9}.example,,,Known {n % 9}," for n in range(30)]
    lines += [f"{n},,other{n}@elsewhere{n}.example,,,," for n in range(60)]  # numbers that came before
    source = Source(written(tmp_path, "\n".join(lines) + "\n"), "inquiries", parse(LEADS))
    found = [[line for line, _ in source.lines(0, part, 2)] for part in (0, 1)]
    assert sorted(line.number for part in found for line in part) == list(range(2, len(lines) + 1))
    assert min(map(len, found)) > 50
    for told in (
        lambda line: line.fields.get("external_id"),
        lambda line: line.fields["email"].split(".", 1)[1] if "co.uk" in line.fields.get("email", "") else None,
        lambda line: line.fields["email"] if "gmail" in line.fields.get("email", "") else None,
        lambda line: line.fields.get("company", "").casefold().replace("  ", " ") or None,
    ):
        one, other = ({told(line) for line in part} - {None} for part in found)
        assert one and other and not one & other
