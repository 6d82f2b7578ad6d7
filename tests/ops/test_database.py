"""The embedded server: made, started, asked, killed, started again."""

import contextlib
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

from winnow import home as homes
from winnow.ops import database


def server_processes(home):
    """The process ids of the home's server and its children, by the folder that they work in."""
    data = str(homes.database_folder(home) / "data")
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(process / "cwd") == data:
                found.append(int(process.name))
        except OSError:
            continue
    return found


def kill_server(home):
    for pid in server_processes(home):
        with contextlib.suppress(ProcessLookupError):  # it went with its parent
            os.kill(pid, signal.SIGKILL)


@pytest.mark.bars
def test_a_home_gets_a_database_that_keeps_what_it_is_told(new_home):
    home = new_home()
    database.up(home)
    with database.connect(home) as connection:
        connection.execute("CREATE TABLE t AS SELECT 41 AS number")
    assert database.down(home)
    assert not database.answers(home)
    database.up(home)
    with database.connect(home) as connection:
        assert connection.execute("SELECT number FROM t").fetchone() == (41,)


@pytest.mark.bars
def test_it_listens_on_no_network_address_and_in_a_closed_folder(new_home):
    home = new_home()
    database.up(home)
    with database.connect(home) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert stat.S_IMODE(homes.socket_folder(home).stat().st_mode) == 0o700
    assert stat.S_IMODE((homes.database_folder(home) / "data").stat().st_mode) == 0o700


@pytest.mark.bars
def test_an_acknowledged_write_is_on_the_disk(new_home):
    home = new_home()
    database.up(home)
    with database.connect(home) as connection:
        settings = connection.execute(
            "SELECT current_setting('fsync'), current_setting('synchronous_commit'), datlocprovider, datlocale"
            " FROM pg_database WHERE datname = 'winnow'"
        ).fetchone()
    assert settings == ("on", "on", "b", "C.UTF-8")


@pytest.mark.bars
@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="finds the server's processes in /proc")
def test_after_every_process_is_killed_it_comes_up_again_with_what_was_committed(new_home):
    home = new_home()
    database.up(home)
    with database.connect(home) as connection:
        connection.execute("CREATE TABLE t (number int)")
    for number in range(3):
        with database.connect(home) as connection:
            connection.execute("INSERT INTO t VALUES (%s)", [number])
        kill_server(home)
        assert not database.answers(home)
        database.up(home)
    with database.connect(home) as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (3,)


@pytest.mark.bars
@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="a process's folder is read in /proc")
def test_a_lock_file_that_names_somebody_elses_process_does_not_keep_it_down(new_home):
    home = new_home()
    database.up(home)
    kill_server(home)
    lock = homes.database_folder(home) / "data" / "postmaster.pid"
    lines = lock.read_text().split("\n")
    account = database.server_account(home)
    other = database.launch(["/bin/sleep", "60"], account)
    try:
        lock.write_text("\n".join([str(other.pid), *lines[1:]]))
        began = time.monotonic()
        database.up(home)
        assert time.monotonic() - began < 10
    finally:
        other.kill()
        other.wait()


@pytest.mark.bars
def test_many_who_start_it_at_once_get_one_server(new_home):
    home = new_home()
    troubles = []

    def start():
        try:
            database.up(home)
        except Exception as error:
            troubles.append(error)

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    with database.connect(home) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.bars
def test_the_server_outlives_the_command_that_started_it(new_home):
    home = new_home()
    code = "import sys, pathlib; from winnow.ops import database; database.up(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, home], check=True, timeout=60)
    assert database.answers(home)


@pytest.mark.bars
def test_an_initdb_that_was_killed_is_done_again(new_home):
    home = new_home()
    account = database.server_account(home)
    data = database.data_folder(homes.make_home(home), account)
    half = data.with_name("data.new")
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    database.up(home)
    assert database.answers(home)
    assert not half.exists()


@pytest.mark.bars
def test_a_home_with_a_long_path_has_its_socket_in_a_short_folder(new_home):
    home = new_home("winnow-" + "long-" * 30)
    folder = homes.socket_folder(home)
    assert len(os.fsencode(folder / homes.SOCKET_NAME)) <= homes.SOCKET_PATH_LIMIT_BYTES
    database.up(home)
    assert database.answers(home)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_socket_folder_that_somebody_else_has_put_there_is_refused(new_home, tmp_path):
    home = new_home("winnow-" + "long-" * 30)
    homes.socket_folder(home).symlink_to(tmp_path)
    try:
        with pytest.raises(database.DatabaseTrouble, match="belongs to somebody else"):
            database.up(home)
    finally:
        homes.socket_folder(home).unlink()


@pytest.mark.bars
@pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders that the database's user can't enter")
def test_as_root_the_server_is_another_users_and_its_data_lie_where_that_user_can_go(new_home):
    home = new_home()
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    inner = closed / "home"
    database.up(inner)
    try:
        place = inner / "database"
        assert place.is_symlink()
        assert place.stat().st_uid == database.server_account(inner).uid != 0
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700, "a parent was opened to the world"
        with database.connect(inner) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        database.down(inner, fast=False)
        database.shutil.rmtree(homes.database_folder(inner))


@pytest.mark.bars
def test_a_server_that_cannot_start_says_why(new_home, monkeypatch):
    home = new_home()
    database.up(home)
    database.down(home)
    monkeypatch.setattr(database, "START_SECONDS", 2)
    with pytest.raises(database.DatabaseTrouble, match="shared_buffers"):
        database.up(home, {"shared_buffers": "much"})


def test_stopping_what_does_not_run_is_no_trouble(new_home):
    assert database.down(new_home()) is False


@pytest.mark.bars
def test_two_homes_are_two_databases(new_home):
    one, two = new_home(), new_home()
    database.up(one)
    database.up(two)
    with database.connect(one) as connection:
        connection.execute("CREATE TABLE only_here (x int)")
    with database.connect(two) as connection, pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT * FROM only_here")
