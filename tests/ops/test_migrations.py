"""Tables come to this version once, whoever starts, and whoever is killed meanwhile."""

import json
import random
import signal
import subprocess
import sys
import time

import pytest

from tests.conftest import OUTSIDE
from winnow.ops import database


def migrating(home):
    command = [sys.executable, "-P", "-m", "winnow.ops.main", "migrate", "--json", "--home", str(home)]
    return subprocess.Popen(command, env=OUTSIDE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def tables(home):
    """Every column, constraint, index, trigger and function of ours, as the database has it."""
    with database.connect(home) as connection:
        return connection.execute(
            """
            SELECT 'column', table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns
             WHERE table_schema = 'public'
            UNION ALL SELECT 'constraint', conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
             WHERE connamespace = 'public'::regnamespace
            UNION ALL SELECT 'index', indexdef FROM pg_indexes WHERE schemaname = 'public'
            UNION ALL SELECT 'trigger', tgrelid::regclass || ' ' || tgname FROM pg_trigger WHERE NOT tgisinternal
            UNION ALL SELECT 'function', proname || ' ' || prosrc FROM pg_proc
             WHERE pronamespace = 'public'::regnamespace
            ORDER BY 1, 2
            """
        ).fetchall()


@pytest.mark.bars
def test_migrations_killed_at_twenty_points_end_in_the_same_tables(new_home, ready_home):
    whole = ready_home()
    database.up(whole)
    expected = tables(whole)
    chance = random.Random(30)
    home = new_home()
    database.up(home)
    killed = 0
    for _ in range(20):
        process = migrating(home)
        time.sleep(chance.uniform(0.4, 1.5))
        killed += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate()
    last = migrating(home)
    _, err = last.communicate(timeout=180)
    assert last.returncode == 0, err
    assert tables(home) == expected
    assert killed >= 5, "too few were killed while at work to show anything"


@pytest.mark.bars
def test_of_three_who_start_at_once_one_migrates_and_the_others_find_it_done(new_home):
    home = new_home()
    database.up(home)
    started = [migrating(home) for _ in range(3)]
    applied = []
    for process in started:
        out, err = process.communicate(timeout=240)
        assert process.returncode == 0, err
        applied.append(json.loads(out)["applied"])
    assert sorted(applied)[:2] == [0, 0]
    assert max(applied) > 0


def test_tables_of_a_newer_version_are_noticed(ready_home, winnow):
    home = ready_home()
    database.up(home)
    with database.connect(home) as connection:
        connection.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('leads', '9999_later', now())"
        )
    done = winnow("doctor", "--json", home=home)
    [bad] = [check for check in json.loads(done.stdout)["checks"] if check["state"] == "problem"]
    assert bad["check"] == "tables"
    assert "leads.9999_later" in bad["text"]
