"""The judge of mail that came back, on the real mails of the field where they are at hand, and on odd ones."""

import csv
import json
import time

import pytest

from winnow.outreach.bounce_reasons import reason_of
from winnow.outreach.classify import classify

KINDS = {"feedback": "complaint", "vacation": "auto_reply"}


def test_real_bounces_are_told_apart_by_the_command(shared_data, winnow):
    with open(shared_data / "bounces" / "truth.csv", newline="") as file:
        truth = {}
        for row in csv.DictReader(file):
            truth.setdefault(row["file"], row)
    files = [shared_data / "bounces" / "eml" / name for name in truth]
    done = winnow("mail", "classify", *files, "--json")
    assert done.returncode == 0, done.stderr
    found = {one["file"].rpartition("/")[2]: one for one in json.loads(done.stdout)}
    assert set(next(iter(found.values()))) >= {"file", "kind", "hard", "address", "reason"}
    right = sum(found[name]["kind"] == KINDS.get(row["reason"], "bounce") for name, row in truth.items())
    assert right / len(truth) >= 0.99
    bounces = {name: row for name, row in truth.items() if row["reason"] not in KINDS}
    hard = sum(found[name]["hard"] == (row["hard"] == "True") for name, row in bounces.items())
    assert hard / len(bounces) >= 0.90


@pytest.mark.parametrize(
    "said, hard, code",
    [
        ("550 5.1.1 <ann@mill.example>: Recipient address rejected: User unknown", True, "unknown_user"),
        ("550 No such user here", True, "unknown_user"),
        ("554 5.4.4 Host or domain name not found", True, "unknown_host"),
        ("552 5.2.2 Mailbox full", False, "mailbox_full"),
        ("550 5.2.2 user unknown, they say, but the code says full", False, "mailbox_full"),
        ("550 5.7.1 Service unavailable; client host blocked using a blocklist", False, "sender_refused"),
        ("550 5.7.26 unauthenticated mail is prohibited", False, "sender_refused"),
        ("550 5.1.8 Domain of sender address does not exist", False, "sender_refused"),
        ("554 5.7.1 message looks like spam", False, "spam"),
        ("450 4.1.1 user unknown, try later", False, "unknown_user"),
        ("421 4.4.2 connection timed out", False, "not_now"),
        ("550 5.2.1 The account is disabled", False, "switched_off"),
        ("host mx said: 550 user unknown (in reply to end of DATA command)", False, "filtered"),
        ("551 user has moved to other@mill.example", True, "moved"),
        ("554 no", False, "refused"),
    ],
)
def test_a_relay_s_words_and_codes(said, hard, code):
    reason = reason_of(said)
    assert (reason.code, reason.hard) == (code, hard)


@pytest.mark.parametrize(
    "headers, kind",
    [
        ("From: ann@mill.example\nSubject: Re: Doors\nIn-Reply-To: <a@b>", "reply"),
        ("From: ann@mill.example\nSubject: Problems with delivery of our order", "reply"),
        ("From: postmaster@mill.example\nSubject: Our gates", "reply"),
        ("From: ann@mill.example\nSubject: Re: delivery failed again\nIn-Reply-To: <a@b>", "reply"),
        ("From: ann@mill.example\nSubject: Fwd: Returned mail: see transcript for details", "bounce"),
        ("From: news@mill.example\nSubject: News\nList-Id: <news.mill.example>\nPrecedence: bulk", "none"),
        ("From: ann@mill.example\nSubject: Away\nAuto-Submitted: auto-replied", "auto_reply"),
        ("From: ann@mill.example\nSubject: Away\nAuto-Submitted: no", "reply"),
        ("Subject: nobody", "none"),
    ],
)
def test_people_s_mails_are_not_taken_for_machines(headers, kind):
    assert classify(f"{headers}\n\nThe following addresses are ours.\n".encode()).kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "user " * 2000, "mailbox " * 2000, "a@" * 5000, "<" * 9000, ">>> data <" * 900, "-- " * 3000,
        "your ip " * 1000, "re: " * 3000,
    ],
)
def test_hostile_text_costs_little_time(text):
    start = time.perf_counter()
    raw = f"From: mailer-daemon@mx.example\nSubject: failed {text[:3000]}\n\n{text}\n".encode()
    assert classify(raw).kind
    assert time.perf_counter() - start < 1.0
