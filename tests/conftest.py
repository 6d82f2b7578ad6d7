"""One database a run: an embedded PostgreSQL in a folder of its own, or that of DATABASE_URL."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from django.conf import settings

from winnow import home as homes
from winnow.ops import database, serving

# The environment of a user who calls the command, without what the tests set for themselves.
OURS = {"WINNOW_HOME", "DJANGO_SETTINGS_MODULE", "DATABASE_URL"}
OUTSIDE = {name: value for name, value in os.environ.items() if name not in OURS}
OUTSIDE["PYTHONPATH"] = str(Path(__file__).resolve().parents[1] / "src")

# A test's data may be lost when the machine dies; what the bars prove about crashes, they prove on their
# own server.
HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "128MB"}
WHEN_WE_ARE_GONE = """
import shutil, sys
from pathlib import Path
from winnow.ops import database
home, shared = Path(sys.argv[1]), sys.argv[2]
sys.stdin.read()
place = database.homes.database_folder(home)
database.down(home, fast=False)
shutil.rmtree(place, ignore_errors=True)
shutil.rmtree(home, ignore_errors=True)
if shared:
    shutil.rmtree(shared, ignore_errors=True)
"""
SHARED = "WINNOW_TEST_SHARED"  # a folder of the whole run, all its workers together
WATCHER = pytest.StashKey()


def pytest_addoption(parser):
    parser.addoption("--bars", action="store_true", help="run the long proofs of the reliability bars too")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--bars"):
        return
    for item in items:
        if "bars" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="a long proof of a bar; runs with --bars"))


def pytest_configure(config):
    if config.getoption("--bars"):
        os.environ["WINNOW_TEST_BARS"] = "1"  # for tests.tries
    first = SHARED not in os.environ  # else a worker, or a run within a run
    if first:
        os.environ[SHARED] = tempfile.mkdtemp(prefix="winnow-tests-")
        os.chmod(os.environ[SHARED], 0o711)
    # Even when this run is killed, its end closes the pipe, and the watcher clears up.
    watcher = [sys.executable, "-c", WHEN_WE_ARE_GONE, settings.TEST_HOME, os.environ[SHARED] if first else ""]
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    config.stash[WATCHER] = subprocess.Popen(
        watcher, stdin=subprocess.PIPE, env=paths, start_new_session=True
    )


def pytest_unconfigure(config):
    if watcher := config.stash.get(WATCHER, None):
        watcher.stdin.close()
        watcher.wait(timeout=60)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """Start the database just before the first test that wants one; each worker has one of its own name."""
    if not os.environ.get("DATABASE_URL"):
        copy_of_migrated(Path(settings.TEST_HOME))
        database.up(Path(settings.TEST_HOME), HASTY)


@pytest.fixture
def new_home():
    """Makes homes for tests that start whole instances; their servers are stopped and their data removed.

    Not below pytest's tmp_path: root's is closed to the user that the database then runs as.
    """
    made = []

    def make(prefix="winnow-home-"):
        made.append(Path(tempfile.mkdtemp(prefix=prefix)))
        return made[-1]

    yield make
    for home in made:
        remove_home(home)


@pytest.fixture
def ready_home(new_home):
    """Makes homes whose database has all tables already: a copy takes less time than the migrations."""
    return lambda: copy_of_migrated(homes.make_home(new_home()))


def copy_of_migrated(home):
    """The same home, with a copy of the one that has all tables and nothing in them, made once a run."""
    shared = Path(os.environ[SHARED])
    made = shared / "home"
    with open(shared / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "ready").exists():
            command = [sys.executable, "-P", "-m", "winnow.ops.main", "migrate", "--home", made]
            subprocess.run(command, check=True, env=OUTSIDE, stdout=subprocess.DEVNULL)
            database.down(made)
            (shared / "ready").touch()
    subprocess.run(["cp", "-a", "--", made / "database", home / "database"], check=True)
    return home


def remove_home(home):
    serving.stop(home)
    database.down(home, fast=False)
    for folder in (homes.socket_folder(home), homes.database_folder(home), home):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def winnow(tmp_path):
    """Calls the command line as a user would: `winnow("doctor", home=home)` gives its exit code and what it said."""

    def call(*words, home=None, stdin="", timeout=120, **variables):
        command = [
            sys.executable,
            "-P",
            "-m",
            "winnow.ops.main",
            *(["--home", str(home)] if home else []),
            *words,
        ]
        return subprocess.run(
            [str(word) for word in command],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            cwd=tmp_path,
            env=OUTSIDE | {name: str(value) for name, value in variables.items()},
        )

    return call


@pytest.fixture(scope="session")
def shared_data():
    """The folder of real-world files that the import is tried against; tests skip where it isn't."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("WINNOW_SHARED_DATA") or beside)
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder}; set WINNOW_SHARED_DATA")
    return folder


@pytest.fixture(scope="session")
def chromium():
    """A real browser, or a skip that says how to get one."""
    program = (
        os.environ.get("WINNOW_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )
    if not program:
        pytest.skip("no Chromium: apt-get install chromium, or set WINNOW_CHROMIUM to the program")
    from playwright.sync_api import sync_playwright

    # Playwright runs an event loop in this thread, and Django would then refuse every query made from it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    quiet = "--disable-background-networking --disable-component-update --disable-sync --no-first-run"
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", *quiet.split()]
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, live_server):
    """A fresh window on the running application; the test fails on a script error or a broken content
    policy.
    """
    context = chromium.new_context(base_url=live_server.url, locale="en-GB", timezone_id="UTC")
    window = context.new_page()
    troubles = []
    window.on("pageerror", lambda error: troubles.append(str(error)))
    window.on(
        "console",
        lambda line: troubles.append(line.text) if "Content Security Policy" in line.text else None,
    )
    yield window
    context.close()
    assert not troubles, troubles


@pytest.fixture(scope="session", autouse=True)
def emptied_between_tests():
    """Facts can't be truncated, not even by tests; emptying the database between two of them needs its owner's way."""
    from django.db.backends.postgresql.operations import DatabaseOperations

    plain = DatabaseOperations.execute_sql_flush

    def as_owner(self, sql_list):
        wrapped = [
            "SET session_replication_role = replica",
            *sql_list,
            "SET session_replication_role = DEFAULT",
        ]
        return plain(self, wrapped)

    DatabaseOperations.execute_sql_flush = as_owner
    yield
    DatabaseOperations.execute_sql_flush = plain
