"""The mail command on a whole instance: bring mail in, settle doubts by the relay's log."""

import json

import pytest

MAIL = b"From: zoe@elsewhere.example\r\nSubject: A question\r\n\r\nDo you ship to Norway?\r\n"


@pytest.mark.bars
def test_mails_are_brought_in_once_and_the_log_settles_what_is_in_doubt(winnow, ready_home, tmp_path):
    home = ready_home()
    file = tmp_path / "question.eml"
    file.write_bytes(MAIL)
    done = winnow("mail", "take", file, "--json", home=home)
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)
    assert (found["kind"], found["again"]) == ("reply", False)
    assert found["did"] == "an inquiry of zoe@elsewhere.example, by mail"
    again = winnow("mail", "take", file, home=home)
    assert "(it had come before)" in again.stdout
    log = tmp_path / "mail.log"
    log.write_text("postfix/cleanup: message-id=<0123456789abcdef0123456789abcdef@halm.example>\n")
    done = winnow("mail", "reconcile", log, "--complete-until", "2026-03-10T12:00:00Z", "--json", home=home)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"sent": 0, "again": 0, "left": 0})


def test_what_can_t_be_done_is_said_in_one_line(winnow, tmp_path):
    gone = winnow("mail", "classify", tmp_path / "gone.eml")
    assert gone.returncode == 1
    assert gone.stderr.count("\n") == 1 and "gone.eml can't be read: No such file or directory" in gone.stderr
    assert winnow("mail", "classify").returncode == 2
    assert winnow("mail", "sing").returncode == 2
