"""The same against a real mail server, where one is named: WINNOW_TEST_IMAP=imaps://user:password@host:port.

Its certificate's authority goes in WINNOW_TEST_IMAP_CA. Folders are made there and removed again.
"""

import imaplib
import os
import ssl
from types import SimpleNamespace
from urllib.parse import unquote, urlsplit

import pytest

from tests.outreach.test_collecting import collect, postbox, question
from winnow.leads.inquiry import Inquiry
from winnow.leads.mailbox import IncomingMail
from winnow.outreach import collecting
from winnow.outreach.imap import quoted

pytestmark = [pytest.mark.django_db, pytest.mark.bars]
FOLDER, DONE = "Winnow tests & Mühle", "Winnow tests done"


@pytest.fixture
def real():
    if not (url := os.environ.get("WINNOW_TEST_IMAP")):
        pytest.skip("no real mail server; set WINNOW_TEST_IMAP")
    parts = urlsplit(url)
    context = ssl.create_default_context(cafile=os.environ.get("WINNOW_TEST_IMAP_CA"))
    imap = imaplib.IMAP4_SSL(parts.hostname, parts.port or 993, ssl_context=context)
    imap.login(unquote(parts.username), unquote(parts.password))
    for name in (FOLDER, DONE):
        imap.delete(quoted(name))
        imap.create(quoted(name))
    yield SimpleNamespace(
        port=parts.port or 993, user=unquote(parts.username), password=unquote(parts.password), trusting=context,
        put=lambda raw: imap.append(quoted(FOLDER), None, None, raw), imap=imap, host=parts.hostname,
    )  # fmt: skip
    for name in (FOLDER, DONE):
        imap.delete(quoted(name))
    imap.logout()


def left(real, folder):
    real.imap.select(quoted(folder), readonly=True)
    _, found = real.imap.search(None, "ALL")
    _, unseen = real.imap.search(None, "UNSEEN")
    real.imap.close()
    return len(found[0].split()), len(unseen[0].split())


def test_mail_is_collected_once_and_nothing_is_changed_unless_it_was_asked_for(real):
    box = postbox(real, host=real.host, folder=FOLDER)
    for number in range(5):
        real.put(question(number))
    assert collect(real, box) == 5 and collect(real, box) == 0
    assert left(real, FOLDER) == (5, 5) and Inquiry.objects.count() == 5
    assert collecting.test(box, real.trusting)["mails"] == 5
    assert {FOLDER, DONE} <= set(collecting.test(box, real.trusting)["folders"])
    box.after = "read"
    box.save()
    real.put(question(5) + b"x" * 300_000)
    assert collect(real, box) == 1 and left(real, FOLDER) == (6, 0), "also those that were taken before"
    box.after, box.move_to = "move", DONE
    box.save()
    real.put(question(6))
    assert collect(real, box) == 1 and left(real, DONE)[0] == 1 and left(real, FOLDER)[0] == 6
    box.after = "delete"
    box.save()
    real.put(question(7))
    assert collect(real, box) == 1 and left(real, FOLDER)[0] == 6
    assert IncomingMail.objects.count() == Inquiry.objects.count() == 8


def test_a_folder_that_was_made_anew_is_read_anew_and_brings_nothing_twice(real):
    box = postbox(real, host=real.host, folder=FOLDER, begin="new")
    assert collect(real, box) == 0
    mails = [question(number, Message_ID=f"<{number}@mill.example>") for number in range(3)]
    for raw in mails:
        real.put(raw)
    assert collect(real, box) == 3
    real.imap.delete(quoted(FOLDER))
    real.imap.create(quoted(FOLDER))
    for raw in [*mails, question(9)]:
        real.put(raw)
    assert collect(real, box) == 4 and Inquiry.objects.count() == 4
