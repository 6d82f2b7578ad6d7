"""Mail is collected from a server: each mail once, none holds another up, and the server keeps what it has."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from tests.outreach.imap_server import Server
from tests.outreach.test_replies import written
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.inquiry import Inquiry
from winnow.leads.mailbox import IncomingMail
from winnow.leads.postbox import Collected, Postbox
from winnow.leads.sealing import seal
from winnow.outreach import collecting, imap, replies
from winnow.outreach.imap import MailServerTrouble, quoted

pytestmark = pytest.mark.django_db


def question(number, **headers):
    return written(f"Zoe {number} <zoe{number}@mill{number}.example>", f"Question {number}", subject="Rye", **headers)


@pytest.fixture
def server(tmp_path):
    with Server(tmp_path) as running:
        yield running
        running.shutdown()


def postbox(server, **more):
    given = {
        "name": "Inquiries", "host": "127.0.0.1", "port": server.port, "user": server.user,
        "secret": seal(server.password), "begin": "all", "started_at": now(), "due_at": now(),
    }  # fmt: skip
    return Postbox.objects.create(**given | more)


def collect(server, box):
    box.refresh_from_db()
    return collecting.collect(box, server.trusting)


def test_each_mail_is_taken_once_and_stays_unread_on_the_server(server):
    box = postbox(server)
    for number in range(3):
        server.inbox.put(question(number))
    assert collect(server, box) == 3 and collect(server, box) == 0
    server.inbox.put(question(3))
    assert collect(server, box) == 1
    assert Inquiry.objects.filter(channel="email").count() == 4
    assert [mail.flags for mail in server.inbox.mails] == [set()] * 4
    assert any(one.startswith("EXAMINE") for one in server.asked), "opened for reading alone"
    assert bytes(IncomingMail.objects.earliest("pk").raw) == server.inbox.mails[0].raw


def test_what_lay_there_before_is_left_alone_unless_it_is_wanted_too(server):
    server.inbox.put(question(1), now() - timedelta(days=9))
    box = postbox(server, begin="new")
    assert collect(server, box) == 0
    server.inbox.put(question(2))
    assert collect(server, box) == 1
    server.inbox.renumber()
    server.inbox.put(question(3))
    assert collect(server, box) == 2, "the second is looked at again, and known"
    assert [one.kind for one in IncomingMail.objects.all()] == ["inquiry", "inquiry"]
    old = server.inbox.put(question(4), now() - timedelta(days=9))
    assert collect(server, box) == 1 and old, "put there now, whatever its date"


def test_a_folder_that_was_renumbered_brings_nothing_twice(server):
    box = postbox(server)
    for number in range(3):
        server.inbox.put(question(number))
    collect(server, box)
    server.inbox.renumber()
    assert collect(server, box) == 3 and Inquiry.objects.count() == 3
    assert Collected.objects.count() == 6


def test_a_mail_that_cannot_be_given_or_done_holds_no_other_up(server, monkeypatch):
    box = postbox(server)
    uids = [server.inbox.put(question(number)) for number in range(4)]
    server.refused = {uids[1]}
    real = replies.take_inquiries

    def broken(batch, **more):
        if batch[0].email.startswith("zoe2"):
            raise KeyError("subject")
        return real(batch, **more)

    monkeypatch.setattr(replies, "take_inquiries", broken)
    assert collect(server, box) == 2
    troubled = dict(Collected.objects.exclude(trouble="").values_list("uid", "trouble"))
    assert set(troubled) == {uids[1], uids[2]} and "broken" in troubled[uids[1]]
    assert IncomingMail.objects.count() == 3, "kept before anything was made of it"
    server.refused = set()
    monkeypatch.undo()
    assert collect(server, box) == 2 and Inquiry.objects.count() == 4
    assert not Collected.objects.exclude(trouble="").exists()


def test_a_connection_that_breaks_goes_on_where_it_was(server):
    box = postbox(server)
    for number in range(6):
        server.inbox.put(question(number))
    server.hang_up_after = 9
    with pytest.raises(MailServerTrouble):
        collect(server, box)
    first = Inquiry.objects.count()
    server.hang_up_after = None
    assert 0 < first < 6 and collect(server, box) == 6 - first and Inquiry.objects.count() == 6


def test_a_mail_that_is_too_large_is_taken_by_its_beginning(server, monkeypatch):
    monkeypatch.setattr(collecting, "LARGEST", 3_000)
    monkeypatch.setattr(collecting, "BEGINNING", 1_000)
    server.inbox.put(question(1) + b"x" * 5_000)
    box = postbox(server)
    assert collect(server, box) == 1
    mail = IncomingMail.objects.get()
    assert len(bytes(mail.raw)) == 1_000 and "was fetched" in mail.reason and mail.person.email == "zoe1@mill1.example"
    server.too_large = True
    server.inbox.put(question(2))
    with pytest.raises(MailServerTrouble, match="an answer of"):
        collect(server, box)


@pytest.mark.parametrize("after, move, left, done, flags", [
    ("read", True, 1, 0, {"\\Seen"}), ("delete", True, 0, 0, None), ("delete", False, 1, 0, {"\\Deleted"}),
    ("move", True, 0, 1, None), ("move", False, 1, 1, {"\\Deleted"}),
])  # fmt: skip
def test_only_what_somebody_chose_is_done_to_a_mail_once_it_is_taken(server, after, move, left, done, flags):
    if not move:
        server.capabilities = "IMAP4rev1"
    box = postbox(server, after=after, move_to="Done & gone")
    server.inbox.put(question(1))
    assert collect(server, box) == 1
    assert len(server.inbox.mails) == left and len(server.folders["Done &- gone"].mails) == done
    assert not left or server.inbox.mails[0].flags == flags
    assert collect(server, box) == 0


def test_what_a_crash_left_untidied_is_tidied_the_next_time(server, monkeypatch):
    box = postbox(server, after="delete")
    server.inbox.put(question(1))
    with monkeypatch.context() as patched:
        patched.setattr(collecting, "_tidy", lambda *_: None)
        collect(server, box)
    assert len(server.inbox.mails) == 1
    collect(server, box)
    assert not server.inbox.mails and Inquiry.objects.count() == 1


def test_troubles_are_told_in_words_without_the_password_and_tried_ever_later(server):
    box = postbox(server, secret=seal("wrong"))
    with pytest.raises(MailServerTrouble) as refused:
        collect(server, box)
    assert "doesn't let inquiries in" in str(refused.value) and "wrong" not in str(refused.value)
    with pytest.raises(MailServerTrouble, match="certificate isn't good"):
        collecting.collect(box)
    with pytest.raises(MailServerTrouble, match="can't be opened"):
        collect(server, postbox(server, folder="Elsewhere"))
    with pytest.raises(Refusal, match="has no WINNOW_POSTBOX_NONE"):
        collect(server, postbox(server, secret="", secret_from="env:WINNOW_POSTBOX_NONE"))
    for elsewhere in ("env:WINNOW_SECRET_KEY", "file:/etc/passwd", "file:/run/secrets/../../etc/passwd", "x"):
        with pytest.raises(Refusal, match="no place of a secret"):
            collect(server, postbox(server, secret="", secret_from=elsewhere))
    Postbox.objects.exclude(pk=box.pk).delete()
    Postbox.objects.update(host="127.0.0.1", port=1)
    for failures in (1, 2):
        box.refresh_from_db()
        assert collecting.collect_due(box.due_at) == 1
        box.refresh_from_db()
        assert box.failures == failures and "refused" in box.trouble
    assert box.due_at > now() + timedelta(minutes=2) and collecting.collect_due(now()) == 0


def test_two_workers_do_not_ask_the_same_postbox_at_once(server):
    postbox(server)
    assert Postbox.claim() is not None and Postbox.claim() is None


def test_starttls_a_token_and_a_password_from_a_file_work_too(tmp_path, server, monkeypatch, settings):
    settings.SECRETS_FOLDER = str(tmp_path)
    server.inbox.put(question(1))
    monkeypatch.setenv("WINNOW_POSTBOX_TOKEN", "tok")
    assert collect(server, postbox(server, login="token", secret="", secret_from="env:WINNOW_POSTBOX_TOKEN")) == 1
    (tmp_path / "kept").write_text(server.password + "\n")
    with Server(tmp_path, tls="starttls") as other:
        other.inbox.put(question(2))
        box = postbox(other, security="starttls", secret="", secret_from=f"file:{tmp_path}/kept")
        assert collect(other, box) == 1
        other.shutdown()
    server.password = "Mühle"
    assert collecting.test(postbox(server), server.trusting) == {"mails": 1, "folders": ["INBOX", "Done & gone"]}


def test_names_of_folders_are_written_as_the_protocol_wants_them():
    assert quoted("Gelöschte Objekte") == '"Gel&APY-schte Objekte"' and quoted('a"b\\') == '"a\\"b\\\\"'
    assert imap._shown(b'"Gel&APY-schte &- Objekte"') == "Gelöschte & Objekte"


KILLED = """
import os, sys
from django.conf import settings
import django
django.setup()
from winnow.leads.postbox import Postbox
from winnow.outreach import collecting, imap
import ssl
box = Postbox.objects.get()
print("ready", flush=True)
collecting.collect(box, ssl.create_default_context(cafile=sys.argv[1]))
"""


@pytest.mark.bars
def test_killed_at_any_moment_each_mail_is_there_once(ready_home, tmp_path):
    import random

    from tests.conftest import OUTSIDE
    from winnow.ops import database

    home, chance = ready_home(), random.Random(7)
    database.up(home)
    with Server(tmp_path) as server, database.connect(home) as connection:
        for number in range(300):
            server.inbox.put(question(number))
        outside = OUTSIDE | {"WINNOW_HOME": str(home), "DJANGO_SETTINGS_MODULE": "winnow.settings"}
        outside["WINNOW_SECRETS_FOLDER"] = str(tmp_path)
        (tmp_path / "kept").write_text(server.password)
        connection.execute(
            """INSERT INTO leads_postbox (name, host, port, security, "user", login, secret, secret_from, folder, begin,
                 after, move_to, every_minutes, active, last_uid, started_at, due_at, failures, trouble)
               VALUES ('x', '127.0.0.1', %s, 'tls', %s, 'password', '', %s, 'INBOX', 'all', 'delete', '', 1, true, 0,
                 now(), now(), 0, '')""", [server.port, server.user, f"file:{tmp_path}/kept"],
        )  # fmt: skip
        connection.commit()
        killed = 0
        for _ in range(20):
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", KILLED, str(tmp_path / "cert.pem")], env=outside, stdout=subprocess.PIPE
            )
            process.stdout.readline()
            time.sleep(chance.uniform(0.05, 1.2))
            killed += process.poll() is None
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
        done = subprocess.run([sys.executable, "-P", "-c", KILLED, str(tmp_path / "cert.pem")], env=outside)
        assert done.returncode == 0
        kept, inquiries, people = connection.execute(
            """SELECT (SELECT count(*) FROM leads_incomingmail), (SELECT count(*) FROM leads_inquiry),
                      (SELECT count(*) FROM leads_person)"""
        ).fetchone()
        assert (kept, inquiries, people, server.inbox.mails) == (300, 300, 300, []) and killed >= 3
        server.shutdown()
