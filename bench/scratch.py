"""A scratch instance for the bench: its own home in a temporary folder, durable as a real one, removed at the end."""

import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path


@contextlib.contextmanager
def instance():
    """Start a database in a new home, migrate it, and yield the home. Django is set up on it."""
    home = Path(tempfile.mkdtemp(prefix="winnow-bench-"))
    os.environ["WINNOW_HOME"] = str(home)
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winnow.settings")
    from winnow import home as homes
    from winnow.ops import database

    homes.make_home(home)
    database.up(home)
    try:
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        yield home
    finally:
        from django.db import connection

        connection.close()
        database.down(home, fast=False)
        shutil.rmtree(homes.database_folder(home), ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)


def processor_seconds(number: int) -> float:
    """Seconds of processor time that a process and all below it have taken so far, as Linux counts them."""
    below: dict[int, list[tuple[int, float]]] = {}
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(ValueError, OSError):
            words = (folder / "stat").read_text().rpartition(")")[2].split()
            ticks = sum(int(word) for word in words[11:15])  # its own and its ended children's
            below.setdefault(int(words[1]), []).append((int(folder.name), ticks))
            if int(folder.name) == number:
                below.setdefault(-1, []).append((number, ticks))
    found, waiting = 0.0, below.get(-1, [])
    while waiting:
        one, ticks = waiting.pop()
        found += ticks
        waiting.extend(below.get(one, []))
    return found / os.sysconf("SC_CLK_TCK")


def server_of(home) -> int:
    """The process number of the home's database server."""
    from winnow import home as homes

    note = next(homes.database_folder(home).glob("**/postmaster.pid"))
    return int(note.read_text().split()[0])


def pgbench(home, script: str, clients: int, seconds: int) -> float:
    """Transactions a second of a pgbench script against the scratch instance, in the same run as our own figure."""
    import re
    import subprocess

    from winnow import home as homes
    from winnow.ops import database

    handle, name = tempfile.mkstemp(suffix=".sql")
    os.chmod(name, 0o644)
    with os.fdopen(handle, "w") as file:
        file.write(script)
    account = database.server_account(home)
    command = [
        str(database.pgbin("pgbench")), "-n", "-c", str(clients), "-j", "2", "-T", str(seconds), "-f", name,
        "-h", str(homes.socket_folder(home)), "-U", "winnow", "winnow",
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    finally:
        os.unlink(name)
    del account
    return float(re.search(r"tps = ([\d.]+)", done.stdout).group(1))


def signed(document=None):
    """Put the starter definition into force, signed by two people made for it."""
    import tomllib

    import winnow.leads
    from winnow.leads.models import Definition, User

    text = (Path(winnow.leads.__file__).parent / "starter.toml").read_text()
    carol = User.objects.create_user("carol@bench.example", role="marketing", may_sign_for="marketing")
    rolf = User.objects.create_user("rolf@bench.example", role="manager", may_sign_for="sales")
    draft = Definition.draft(document or tomllib.loads(text), by=carol)
    draft.sign(by=carol, seen_hash=draft.hash)
    draft.sign(by=rolf, seen_hash=draft.hash)
    return draft
