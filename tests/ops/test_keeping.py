"""Backup and restore: all of it comes back, and nothing is sent twice for it."""

import json
import tarfile
import threading

import pytest

from winnow.ops import database

MAIL = """
INSERT INTO leads_message (kind, address, subject, body, message_id, state, reason, send_at, claimed_by, claimed_at,
                           tries, token, created_at)
VALUES ('service', 'ann@acme.example', 's', 'b', '1@x', 'queued', '', now(), '', NULL, 0, '', now()),
       ('service', 'bob@acme.example', 's', 'b', '2@x', 'sending', '', now(), 'w1', now(), 0, '', now()),
       ('service', 'ann@acme.example', 's', 'b', '3@x', 'sent', '', now(), '', NULL, 1, '', now())
"""


@pytest.fixture
def kept(ready_home, winnow, tmp_path):
    """A home with a user, a key and three mails, and its backup."""
    home = ready_home()
    words = ["user", "add", "carol@acme.example", "--role", "marketing", "--password-stdin"]
    assert winnow(*words, home=home, stdin="grain and chaff 7\n").returncode == 0
    with database.connect(home) as connection:
        connection.execute(MAIL)
    file = tmp_path / "kept.winnow"
    done = winnow("backup", file, home=home)
    assert done.returncode == 0, done.stderr
    return home, file


@pytest.mark.bars
def test_a_backup_brings_everything_back_into_an_empty_home(kept, new_home, winnow):
    home, file = kept
    other = new_home()
    done = winnow("restore", file, "--json", home=other)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    with tarfile.open(file) as tar:
        manifest = json.load(tar.extractfile("manifest.json"))
    assert answer["rows"] == sum(manifest["rows"].values())
    assert manifest["rows"]["leads_user"] == 1
    assert (other / "secret-key").read_text() == (home / "secret-key").read_text()
    with database.connect(other) as connection:
        assert connection.execute("SELECT email FROM leads_user").fetchall() == [("carol@acme.example",)]


@pytest.mark.bars
def test_mail_that_was_due_is_held_after_a_restore_and_never_sent_by_itself(kept, new_home, winnow):
    _, file = kept
    other = new_home()
    answer = json.loads(winnow("restore", file, "--json", home=other).stdout)
    with database.connect(other) as connection:
        states = connection.execute(
            "SELECT message_id, state FROM leads_message ORDER BY message_id"
        ).fetchall()
    assert states == [("1@x", "held"), ("2@x", "unknown"), ("3@x", "sent")]
    assert answer["mail_held"] == 1


@pytest.mark.bars
def test_a_home_that_is_not_empty_is_replaced_only_by_force(kept, winnow):
    home, file = kept
    with database.connect(home) as connection:
        connection.execute("UPDATE leads_user SET name = 'Changed since'")
    refused = winnow("restore", file, home=home)
    assert refused.returncode == 1
    assert "--force" in refused.stderr
    done = winnow("restore", file, "--force", home=home)
    assert done.returncode == 0, done.stderr
    with database.connect(home) as connection:
        assert connection.execute("SELECT name FROM leads_user").fetchone() == ("carol",)


@pytest.mark.bars
def test_a_damaged_backup_changes_nothing(kept, winnow):
    home, file = kept
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
    refused = winnow("restore", file, "--force", home=home)
    assert refused.returncode == 1
    assert "is damaged" in refused.stderr
    with database.connect(home) as connection:
        assert connection.execute("SELECT count(*) FROM leads_user").fetchone() == (1,)


@pytest.mark.bars
def test_a_file_that_is_no_backup_is_refused(new_home, winnow, tmp_path):
    file = tmp_path / "letter.txt"
    file.write_text("Dear Ann")
    done = winnow("restore", file, home=new_home())
    assert done.returncode == 1
    assert "is no backup of Winnow" in done.stderr


@pytest.mark.bars
def test_somebody_who_is_connected_keeps_a_restore_off(kept, winnow):
    home, file = kept
    with database.connect(home):
        refused = winnow("restore", file, "--force", home=home)
    assert refused.returncode == 1
    assert "1 other connection" in refused.stderr


@pytest.mark.bars
def test_a_backup_is_its_owners_alone_and_whole_while_others_write(kept, winnow, tmp_path):
    home, first = kept
    assert first.stat().st_mode & 0o077 == 0
    stop = threading.Event()

    def write():
        with database.connect(home) as connection:
            number = 0
            while not stop.is_set():
                number += 1
                connection.execute("INSERT INTO django_session VALUES (%s, '', now())", [str(number)])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        done = winnow("backup", tmp_path / "busy.winnow", "--json", home=home)
    finally:
        stop.set()
        writer.join()
    assert done.returncode == 0, done.stderr
    # The rows were counted in the snapshot that was dumped, so the restore's own count agrees.
    assert winnow("restore", tmp_path / "busy.winnow", "--force", home=home).returncode == 0
