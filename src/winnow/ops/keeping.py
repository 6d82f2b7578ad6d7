"""Backups: one file with everything of an instance, and the way back.

A backup is a tar of `manifest.json` (what, when, how many rows of each table), `secret-key` and
`database.dump` (PostgreSQL's custom format). Rows are counted in the very snapshot that is dumped, and
counted again after a restore.
"""

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from winnow import __version__
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.ops import database

FORMAT = 1
EMPTY = """
SET client_min_messages = warning;
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
"""
# What was due since the backup may have gone out from the old instance: a person decides, not the clock.
HOLD_MAIL = """
DO $$ BEGIN
  IF to_regclass('public.leads_message') IS NOT NULL THEN
    UPDATE public.leads_message
       SET state = 'held', reason = 'restored from a backup: it may have been sent since'
     WHERE state = 'queued';
    UPDATE public.leads_message SET state = 'unknown', reason = 'it was being sent when the backup was made'
     WHERE state = 'sending';
  END IF;
END $$;
"""


def backup(file):
    """Write the backup, whole or not at all, readable by its owner alone. Returns its manifest."""
    file = Path(file).absolute()
    if not file.parent.is_dir():
        raise Refusal(f"There is no folder {file.parent}; make it, or name another file.", code="no_folder")
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".winnow-backup-") as aside:
        dump = Path(aside) / "database.dump"
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            snapshot = cursor.fetchone()[0]
            rows = row_counts(cursor)
            call("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={dump}")
        manifest = {
            "format": FORMAT,
            "winnow": __version__,
            "made_at": now().isoformat(timespec="seconds"),
            "rows": rows,
            "sha256": checksum(dump),
        }
        whole = Path(aside) / "whole.tar"
        with open(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            with tarfile.open(fileobj=out, mode="w") as tar:
                add(tar, "manifest.json", json.dumps(manifest, indent=1).encode())
                add(tar, "secret-key", settings.SECRET_KEY.encode())
                tar.add(dump, arcname="database.dump", filter=plain)
            out.flush()
            os.fsync(out.fileno())
        whole.replace(file)
    return manifest


def read_manifest(file):
    """What a backup says of itself. Refuses a file that is none, or of a version that we can't read."""
    try:
        with tarfile.open(file) as tar:
            manifest = json.load(tar.extractfile("manifest.json"))
    except FileNotFoundError:
        raise Refusal(f"There is no file {file}.", code="no_file") from None
    except (tarfile.TarError, KeyError, ValueError, OSError) as error:
        raise Refusal(f"{file} is no backup of Winnow ({error}).", code="not_a_backup") from None
    if manifest.get("format") != FORMAT:
        raise Refusal(
            f"{file} was made by Winnow {manifest.get('winnow')}; restore it with that version or a later."
        )
    return manifest


def restore(file, home):
    """Put the backup in place of what the database holds, in one transaction; returns its manifest.

    Killed half-way, everything is as it was. Mail that was due is held. Nobody else may be connected.
    """
    manifest = read_manifest(file)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        others = cursor.fetchone()[0]
    if others:
        many = f"{others} other connection{'' if others == 1 else 's'}"
        raise Refusal(f"{many} to the database; stop what serves it (winnow stop) first.", code="in_use")
    with tempfile.TemporaryDirectory(dir=home, prefix=".restoring-") as aside, tarfile.open(file) as tar:
        dump = Path(aside) / "database.dump"
        with tar.extractfile("database.dump") as inside, open(dump, "wb") as out:
            shutil.copyfileobj(inside, out, 1 << 20)
        secret = tar.extractfile("secret-key").read()
        if checksum(dump) != manifest["sha256"]:
            raise Refusal(f"{file} is damaged: its database doesn't match its checksum.", code="damaged")
        connection.close()
        load(dump)
    with connection.cursor() as cursor:
        found = row_counts(cursor)
    if found != manifest["rows"]:
        tables = found.keys() | manifest["rows"].keys()
        wrong = ", ".join(sorted(name for name in tables if found.get(name) != manifest["rows"].get(name)))
        raise Refusal(f"The restored tables {wrong} don't have the rows of the backup.", code="damaged")
    if not os.environ.get("WINNOW_SECRET_KEY"):
        new = home / "secret-key.new"
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(secret)
        new.replace(home / "secret-key")
    return manifest


def load(dump):
    """Run the dump in one transaction that first empties the schema and last holds the mail."""
    environment = connection_variables()
    reading = subprocess.Popen(
        [program("pg_restore"), "--no-owner", "--no-privileges", "--file=-", dump], stdout=subprocess.PIPE
    )
    command = [program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "--single-transaction", "--file=-"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    writing = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment, **quiet)
    try:
        writing.stdin.write(EMPTY.encode())
        for number, line in enumerate(reading.stdout):
            # A server before 17 doesn't know this one setting of a newer dump.
            if number < 100 and line.startswith(b"SET transaction_timeout"):
                continue
            writing.stdin.write(line)
        if reading.wait():
            writing.kill()  # before its input ends, or it would commit half a dump
            raise Refusal("The backup's database can't be read; nothing was changed.", code="damaged")
        writing.stdin.write(HOLD_MAIL.encode())
    except BrokenPipeError:
        pass  # psql has stopped, and says why
    _, said = writing.communicate()
    if writing.returncode:
        reason = database.last_line(said.decode(errors="replace"))
        raise Refusal(f"The backup could not be restored, and nothing was changed: {reason}", code="damaged")


def is_empty():
    """Whether there is nothing that a restore would take away: no user, no account, no arrival."""
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        for table in there & {"leads_user", "leads_account", "leads_arrival"}:
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {table})")
            if cursor.fetchone()[0]:
                return False
    return True


def row_counts(cursor):
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    names = [row[0] for row in cursor.fetchall()]
    counts = {}
    for name in names:
        cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(name)}")
        counts[name] = cursor.fetchone()[0]
    return counts


def call(name, *words):
    done = subprocess.run([program(name), *words], env=connection_variables(), capture_output=True, text=True)
    if done.returncode:
        raise Refusal(f"{name} failed: {database.last_line(done.stderr)}", code=name)


def program(name):
    """Of the package, which reads its own dumps and any older server; but it speaks no TLS, so for a database that
    asks for that the machine's own.
    """
    encrypted = connection.settings_dict["OPTIONS"].get("sslmode") in {"require", "verify-ca", "verify-full"}
    return (encrypted and name != "pg_restore" and shutil.which(name)) or database.pgbin(name)


def connection_variables():
    """The connection for PostgreSQL's programs, in their environment: a command line could be read by
    others.
    """
    one = connection.settings_dict
    named = {
        "PGHOST": "HOST",
        "PGPORT": "PORT",
        "PGUSER": "USER",
        "PGPASSWORD": "PASSWORD",
        "PGDATABASE": "NAME",
    }
    variables = {variable: str(one[key]) for variable, key in named.items() if one.get(key)}
    for option in ("sslmode", "sslrootcert", "sslcert", "sslkey"):
        if value := one["OPTIONS"].get(option):
            variables[f"PG{option.upper()}"] = value
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | variables


def checksum(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def add(tar, name, content):
    entry = plain(tarfile.TarInfo(name))
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))


def plain(entry):
    """A tar entry that says nothing of the machine and its users."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode, entry.mtime = 0o600, 0
    return entry
