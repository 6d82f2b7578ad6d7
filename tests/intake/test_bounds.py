"""What is too large is refused early, with its line, and the memory stays flat (RELIABILITY R20)."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from winnow.intake.tables import Unreadable, read_table

SRC = Path(__file__).resolve().parents[2] / "src"
MEASURE = """
import re, sys
from winnow.intake.tables import Unreadable, read_table
count = 0
try:
    for row in read_table(sys.argv[1]).rows():
        count += 1
except Unreadable as error:
    print(error)
# Not ru_maxrss: that begins with what the parent had.
print(count, int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024)
"""


def read_apart(path):
    """Rows, memory at its highest in MB, seconds, and what was refused: in a process of its own."""
    if not Path("/proc/self/status").exists():
        pytest.skip("the memory of a process is read from /proc, which is not here")
    began = time.monotonic()
    call = [sys.executable, "-c", MEASURE, str(path)]
    done = subprocess.run(call, capture_output=True, text=True, env={"PYTHONPATH": str(SRC)}, timeout=60)
    assert done.returncode == 0, done.stderr[-2000:]
    *refused, last = done.stdout.splitlines()
    count, memory = map(int, last.split())
    return count, memory, time.monotonic() - began, "\n".join(refused)


def problems(path):
    return {row.line_number: row.problem for row in read_table(path).rows() if row.problem}


def test_a_row_of_two_million_cells_is_rejected_and_the_next_one_read(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text("a,b\n1,2\n" + "," * 2_000_000 + "\n3,4\n")
    assert problems(path) == {3: "is longer than 1 MB (2,000,001 characters in one line)"}
    count, memory, _, _ = read_apart(path)
    assert count == 3
    assert memory < 100


def test_a_row_below_a_megabyte_may_still_have_too_many_cells(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text("a,b\n1,2\n" + "," * 500_000 + "\n3,4\n")
    assert problems(path) == {3: "has 500,001 cells; 500 are the most"}


def test_a_header_of_more_than_500_columns_is_refused(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{i}" for i in range(501)) + "\n1,2\n")
    with pytest.raises(Unreadable, match="line 1: has 501 columns where 500 are the most"):
        read_table(path)


def test_a_line_of_ten_megabytes_is_rejected_and_the_next_one_read(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text("a,b\n1,2\n" + "x" * 10_000_000 + "\n3,4\n")
    assert list(problems(path)) == [3]
    path.write_text("x" * 10_000_000)
    with pytest.raises(Unreadable, match="line 1: the first line is longer than 1 MB"):
        read_table(path)


def test_two_gigabytes_in_quotes_are_refused_at_once_with_flat_memory(tmp_path):
    path = tmp_path / "endless.csv"
    with path.open("wb") as file:
        file.write(b'a,b\n1,2\n1,"')
        file.truncate(2 << 30)
    count, memory, seconds, refused = read_apart(path)
    assert "line 3: this line goes on for more than 32 MB without an end" in refused
    assert count == 1
    assert memory < 100
    assert seconds < 5


def test_a_quote_over_many_lines_is_given_up_when_nothing_readable_follows(tmp_path):
    path = tmp_path / "endless.csv"
    path.write_text('a,b,c\n1,2,3\n1,"' + "x\n" * 1_500_000)
    count, memory, _, refused = read_apart(path)
    assert "line 3: a quote opened here does not close within 1 MB, and no readable row follows" in refused
    assert memory < 150
    assert count < 2000


@pytest.mark.bars
def test_a_quote_over_a_megabyte_of_rows_costs_its_own_line(tmp_path):
    path = tmp_path / "open.csv"
    path.write_text('a,b,c\n1,"open,3\n' + "x,y,z\n" * 300_000)
    rows = list(read_table(path).rows())
    assert [row.line_number for row in rows if row.problem] == [2]
    assert len(rows) == 300_001


def test_many_open_quotes_take_time_in_proportion(tmp_path):
    path = tmp_path / "open.csv"
    path.write_text("a,b,c\n" + '1,"open,3\n' * 30_000)
    began = time.process_time()
    rows = list(read_table(path).rows())
    assert len(rows) == 30_000
    assert all(row.problem for row in rows)
    assert time.process_time() - began < 10


def test_a_nul_byte_costs_its_row_and_is_shown(tmp_path):
    path = tmp_path / "nul.csv"
    path.write_bytes(b"a,b\n1,2\n3,\0 4\n5,6\n")
    rows = list(read_table(path).rows())
    assert [row.problem for row in rows] == [None, "contains a NUL byte", None]
    assert rows[1].raw == "3,␀ 4\n"
    assert "\0" not in "".join(rows[1].values)


def test_memory_does_not_grow_with_the_file(tmp_path):
    path = tmp_path / "many.csv"
    with path.open("w") as file:
        file.write("id,email,name\n")
        file.writelines(f"{i},ann{i}@acme.example,Ann\n" for i in range(400_000))
    count, memory, _, _ = read_apart(path)
    assert count == 400_000
    assert memory < 60


def test_a_cell_of_more_than_a_megabyte_over_many_lines_costs_its_row_alone(tmp_path):
    path, text = tmp_path / "long.csv", "\n".join(f'line {n}, ""quoted"" and, with commas' for n in range(40_000))
    before, after = "1,Ann,ann@a.example,short\n", '3,Cem,cem@a.example,"short, too"\n'
    path.write_text(f'id,name,mail,note\n{before}2,Bob,bob@a.example,"{text}"\n{after}')
    rows = list(read_table(path).rows())
    assert [row.line_number for row in rows] == [2, 3, 40_003] and rows[2].values[3] == "short, too"
    assert rows[1].problem.startswith("is longer than 1 MB") and len(rows[1].raw) == 1000
    path.write_text('id,name,mail,note\n1,Ann,"ann@a.example,x\n' + '2,Bob,bob@a.example,"long"\n' * 40_000)
    assert sum(row.problem is None for row in read_table(path).rows()) == 40_000, "a stray quote takes no rows with it"
