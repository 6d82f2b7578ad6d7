"""The questions of `winnow doctor`. Each answer is ok, a note (works, but know it) or a problem with its
way out.
"""

import importlib.util
import os
import shutil
import socket
import sys
from dataclasses import dataclass
from urllib.parse import urlsplit

from winnow import home as homes
from winnow import policy
from winnow.leads.clock import now
from winnow.leads.errors import Refusal

LITTLE_DISK_BYTES = 1_000_000_000


@dataclass(frozen=True)
class Check:
    """One thing looked at. `state` is ok, note or problem."""

    name: str
    state: str
    text: str
    way_out: str = ""


def examine(home, port):
    """All checks, in the order in which a start needs them."""
    checks = [python(), judging(), disk(home), socket_path(home), mail(), browser(), listening(home, port)]
    reached, connection = reach_database(home)
    checks.append(reached)
    if connection:
        checks += [clock(connection), tables(), work(connection)]
    return checks


def python():
    version = ".".join(map(str, sys.version_info[:3]))
    return Check("python", "ok", f"{version} at {sys.executable}")


def judging():
    if policy.COMPILED:
        return Check("policy", "ok", "compiled")
    stale = " (what was compiled is of another source or Python)" if policy.BUILT.exists() else ""
    return Check("policy", "ok", f"plain Python{stale}; `winnow compile` makes back-tests of long histories faster")


def disk(home):
    place = next(folder for folder in (home, *home.parents) if folder.is_dir())
    free = shutil.disk_usage(place).free
    text = f"{free / 1e9:,.1f} GB free at {place}"
    if not os.access(place, os.W_OK):
        return Check(
            "disk", "problem", f"{place} can't be written", "Choose another --home, or mend its rights."
        )
    if free < LITTLE_DISK_BYTES:
        return Check("disk", "problem", text, "Make room, or move the home: a full disk stops every inquiry.")
    return Check("disk", "ok", text)


def socket_path(home):
    if os.environ.get("DATABASE_URL"):
        return Check("socket", "ok", "not used with DATABASE_URL")
    folder = homes.socket_folder(home)
    if folder.parent != homes.database_folder(home):
        text = f"the home's path is too long for a socket, which therefore lies in {folder}"
        return Check("socket", "note", text, "A shorter --home avoids that.")
    return Check("socket", "ok", str(folder))


def mail():
    url = os.environ.get("WINNOW_SMTP_URL", "")
    if not url:
        return Check(
            "mail",
            "note",
            "no relay: mail stays in the outbox",
            "Set WINNOW_SMTP_URL=smtp://user:password@host:587?starttls=1",
        )
    host, port = urlsplit(url).hostname, urlsplit(url).port or 25
    try:
        socket.create_connection((host, port), timeout=5).close()
    except OSError as error:
        return Check(
            "mail",
            "problem",
            f"{host}:{port} doesn't answer ({error})",
            "Check WINNOW_SMTP_URL and the relay.",
        )
    if not os.environ.get("WINNOW_PUBLIC_URL"):
        return Check(
            "mail",
            "note",
            f"relay {host}:{port} answers, but without a public address nobody could unsubscribe: nurture mail waits",
            "Set WINNOW_PUBLIC_URL to the https address under which this Winnow is reached from outside.",
        )
    return Check("mail", "ok", f"relay {host}:{port} answers")


def browser():
    if importlib.util.find_spec("playwright") is None:
        return Check("browser", "ok", "not needed to run Winnow; the tests are not installed")
    found = os.environ.get("WINNOW_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        return Check(
            "browser",
            "note",
            "no Chromium: stories in a browser are skipped by the tests",
            "apt-get install chromium",
        )
    return Check("browser", "ok", found)


def listening(home, port):
    from winnow.ops import serving

    if served := serving.who(home):
        return Check("port", "ok", f"served at {served[1]} by process {served[0]}")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return Check(
                "port",
                "note",
                f"{port} can't be had ({error.strerror})",
                "serve takes the next free one, or --port N.",
            )
    return Check("port", "ok", f"{port} is free; nothing serves this home")


def reach_database(home):
    """The database, started if it is ours, and a Django connection to it; None instead when that fails."""
    import django

    from winnow.ops import database

    try:
        if os.environ.get("DATABASE_URL"):
            homes.make_home(home)
        else:
            database.up(home)
        django.setup()
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT version(), current_setting('synchronous_commit'), current_setting('fsync')"
            )
            version, commits, synced = cursor.fetchone()
    except Refusal as trouble:
        return Check(
            "database",
            "problem",
            str(trouble),
            f"The server's own words are in {home}/logs and {home}/database.",
        ), None
    except Exception as error:
        text = str(error).strip().splitlines()[0]
        return Check(
            "database", "problem", text, "Check DATABASE_URL, and that the server is up and lets us in."
        ), None
    name = " ".join(version.split()[:2])
    if commits == "off" or synced == "off":
        text = (
            f"{name} with synchronous_commit={commits}, fsync={synced}: an acknowledged inquiry could be lost"
        )
        return Check("database", "problem", text, "Set both to on."), connection
    if connection.pg_version < 150000:
        return Check("database", "problem", name, "Winnow needs PostgreSQL 15 or newer."), connection
    return Check("database", "ok", name), connection


def clock(connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp(), current_setting('server_encoding')")
        theirs, encoding = cursor.fetchone()
    apart = abs((theirs - now()).total_seconds())
    if encoding != "UTF8":
        return Check(
            "clock", "problem", f"the database's encoding is {encoding}", "Make it anew with ENCODING 'UTF8'."
        )
    if apart > 2:
        text = f"this machine and the database are {apart:.0f} s apart"
        return Check("clock", "problem", text, "Keep both by NTP: deadlines are counted in seconds.")
    return Check("clock", "ok", f"{now():%Y-%m-%d %H:%M:%S} UTC, as the database says; encoding UTF8")


def tables():
    from winnow.ops import migrations

    if newer := migrations.unknown():
        text = f"a newer Winnow was here: {newer[-1][0]}.{newer[-1][1]}"
        return Check("tables", "problem", text, "Run that version, or restore a backup of this one.")
    if waiting := migrations.pending():
        return Check(
            "tables",
            "note",
            f"{len(waiting)} migrations pending",
            "The next command applies them; or winnow migrate.",
        )
    return Check("tables", "ok", "of this version")


def work(connection):
    """Whether anything waits for a worker that isn't there, or for a person."""
    with connection.cursor() as cursor:
        tables = "to_regclass('leads_arrival'), to_regclass('leads_message'), to_regclass('leads_postbox')"
        cursor.execute(f"SELECT {tables}")
        if None in cursor.fetchone():
            return Check("work", "ok", "nothing to do before the first migration")
        minute = "state = 'pending' AND due_at < now() - interval '1 minute'"
        cursor.execute(
            f"""SELECT (SELECT count(*) FROM leads_arrival WHERE {minute})
                     + (SELECT count(*) FROM leads_hookcall WHERE {minute})"""
        )
        late = cursor.fetchone()[0]
        cursor.execute("SELECT name, trouble FROM leads_postbox WHERE active AND failures >= 3 ORDER BY name")
        silent = cursor.fetchall()
        cursor.execute("SELECT count(*) FROM leads_message WHERE state = 'unknown'")
        unsure = cursor.fetchone()[0]
    if late:
        text = f"{late} arrivals wait for more than a minute"
        return Check("work", "problem", text, "Is a worker running? winnow serve, or winnow worker.")
    if silent:
        text = "; ".join(f"the postbox {name} can't be asked: {trouble}" for name, trouble in silent)
        return Check("work", "problem", text, "Test the connection under Administration, Postboxes.")
    if unsure:
        text = f"{unsure} mails were being sent when something crashed; nobody knows whether they went"
        return Check("work", "note", text, "Look at the relay's log and settle them in the outbox.")
    return Check("work", "ok", "no arrival waits, no mail is in doubt")
