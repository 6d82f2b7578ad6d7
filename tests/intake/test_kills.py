"""The command killed without warning, again and again: every row counts once, and the sums close (R31)."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from tests.conftest import OUTSIDE
from tests.intake.files import LEADS, written
from winnow.intake.importer import SUMS


def rows(count):
    """People at some companies; one in twenty came before."""
    lines = ["id,date,mail,first,last,firm,from"]
    for number in range(count):
        who = number % 20 and number
        lines.append(f"{number},2024-03-{1 + number % 28:02d},p{who}@firm{who % 997}.example,P{who},Lee,,fair")
    return "\n".join(lines) + "\n"


def kill_and_go_on(home, path, mapping, kills, longest):
    """Start it, kill it at some moment, start it again; the last run may finish. Returns its JSON and the kills."""
    chance, killed = random.Random(11), 0
    words = ["--home", str(home), "import", str(path), "--as", "inquiries", "--mapping", str(mapping), "--json"]
    while True:
        run = subprocess.Popen(
            [sys.executable, "-P", "-m", "winnow.ops.main", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=OUTSIDE, text=True, start_new_session=True,
        )
        if killed < kills:
            time.sleep(1.5 + chance.random() * longest)
            if run.poll() is None:
                os.kill(run.pid, signal.SIGKILL)
                run.communicate()
                killed += 1
                continue
        out, said = run.communicate(timeout=900)
        assert run.returncode == 0, said
        return json.loads(out), killed


def proves_itself(ready_home, winnow, tmp_path, count, kills, longest):
    home = ready_home()
    path = written(tmp_path, rows(count), "leads.csv")
    mapping = written(tmp_path, LEADS, "leads.toml")
    result, killed = kill_and_go_on(home, path, mapping, kills, longest)
    assert result["rows"] == count == sum(result[name] for name in SUMS) and not result["rejected"]
    again = json.loads(winnow("import", path, "--as", "inquiries", "--mapping", mapping, "--json", home=home).stdout)
    assert again["unchanged"] == count, "every row is there, once"
    undone = json.loads(winnow("undo", result["import_id"], "--json", home=home, timeout=600).stdout)
    assert undone["taken_back"]["inquiries"] == count, "and not one more"
    return killed


@pytest.mark.bars
def test_an_import_survives_being_killed(ready_home, winnow, tmp_path):
    assert proves_itself(ready_home, winnow, tmp_path, 40_000, kills=1, longest=0.5) > 0


@pytest.mark.bars
def test_two_hundred_thousand_rows_survive_twenty_kills(ready_home, winnow, tmp_path):
    assert proves_itself(ready_home, winnow, tmp_path, 200_000, kills=20, longest=1.2) == 20


@pytest.mark.bars
def test_the_command_speaks_json_alone_and_says_what_it_did(ready_home, winnow, tmp_path):
    home = ready_home()
    path, mapping = written(tmp_path, rows(30), "leads.csv"), written(tmp_path, LEADS, "leads.toml")
    dry = winnow("import", path, "--mapping", mapping, "--dry-run", home=home)
    assert dry.returncode == 0 and "30 rows" in dry.stdout and "nothing was written" in dry.stdout
    done = winnow("import", path, "--as", "inquiries", "--mapping", mapping, "--campaign", "Fair", "--json", home=home)
    result = json.loads(done.stdout)
    assert result["created"] == 29 and result["merged"] == 1 and result["seconds"] > 0
    undone = winnow("undo", result["import_id"], home=home)
    assert f"Import {result['import_id']} of leads.csv is taken back" in undone.stdout
    refused = winnow("undo", result["import_id"], "--json", home=home)
    assert refused.returncode == 1 and json.loads(refused.stdout)["code"] == "cannot_undo"
    missing = winnow("import", tmp_path / "no.csv", "--as", "people", "--json", home=home)
    assert missing.returncode == 1 and "no such file" in json.loads(missing.stdout)["error"]
    assert winnow("import", path, home=home).returncode == 2, "without a kind it asks for one"
