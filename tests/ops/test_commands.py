"""The command line: what is called wrong, what is refused, and what a script can rely on."""

import json

import pytest

from winnow.leads.apikey import ApiKey
from winnow.leads.user import ROLES
from winnow.ops import roles


def test_without_a_command_it_lists_them(winnow):
    done = winnow("--help")
    assert done.returncode == 0
    assert "serve" in done.stdout
    assert winnow().returncode == 2


def test_a_wrong_call_is_one_line_and_exit_code_2(winnow):
    for words in (["web", "--porto"], ["frobnicate"], ["user", "add", "ann@acme.example", "--role", "king"]):
        done = winnow(*words)
        assert done.returncode == 2, words
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert done.stdout == ""


def test_a_command_near_the_one_meant_is_named(winnow):
    assert "did you mean `serve`?" in winnow("serv").stderr
    assert "did you mean `doctor`?" in winnow("docter").stderr


def test_the_home_may_stand_before_or_after_the_command(winnow, tmp_path):
    before = winnow("stop", home=tmp_path / "none")
    after = winnow("stop", "--home", tmp_path / "none")
    assert before.returncode == after.returncode == 1
    assert (
        before.stderr
        == after.stderr
        == f"winnow: {tmp_path / 'none'} is no home of Winnow; name one with --home.\n"
    )


def test_a_refusal_is_json_where_json_was_asked_for(winnow, tmp_path):
    done = winnow("stop", "--json", home=tmp_path / "none")
    assert done.returncode == 1
    assert json.loads(done.stdout)["code"] == "no_home"


def test_unforeseen_trouble_is_one_line_with_the_traceback_in_the_log(winnow, new_home):
    home = new_home()
    done = winnow("migrate", home=home, WINNOW_LOOK_UP_PER_MINUTE="many")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    log = home / "logs" / "winnow.log"
    assert str(log) in done.stderr
    assert "Traceback" in log.read_text()


def test_a_database_that_is_not_there_is_named_without_its_password(winnow, new_home):
    url = "postgresql://carol:secret-word@127.0.0.1:1/nothing"
    done = winnow("key", "list", home=new_home(), DATABASE_URL=url)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "DATABASE_URL" in done.stderr
    assert "secret-word" not in done.stderr


def test_a_mail_setting_that_cannot_be_read_says_what_it_should_look_like(winnow, new_home):
    done = winnow("key", "list", home=new_home(), WINNOW_SMTP_URL="relay.example:25")
    assert done.returncode == 1
    assert "smtp://user:password@host:587?starttls=1" in done.stderr


@pytest.mark.bars
def test_people_and_keys_from_the_command_line(winnow, ready_home):
    home = ready_home()
    words = ["user", "add", "carol@acme.example", "--role", "marketing", "--may-sign-for", "marketing"]
    weak = winnow(*words, "--password-stdin", home=home, stdin="password\n")
    assert weak.returncode == 1
    assert "The password is refused" in weak.stderr
    added = winnow(*words, "--password-stdin", "--json", home=home, stdin="grain and chaff 7\n")
    assert added.returncode == 0, added.stderr
    assert json.loads(added.stdout)["may_sign_for"] == "marketing"
    again = winnow(*words, "--password-stdin", home=home, stdin="grain and chaff 7\n")
    assert again.returncode == 1
    assert "is a user already (marketing)" in again.stderr
    changed = winnow(
        "user", "password", "Carol@Acme.example", "--password-stdin", home=home, stdin="chaff and grain 8\n"
    )
    assert changed.returncode == 0, changed.stderr

    key = winnow("key", "add", "website", "--role", "marketing", home=home)
    assert key.stdout.startswith("wk_")
    prefix = key.stdout.split("_")[1]
    assert prefix in winnow("key", "list", home=home).stdout
    assert winnow("key", "revoke", prefix, home=home).returncode == 0
    assert winnow("key", "revoke", prefix, home=home).returncode == 1


def test_a_key_is_kept_as_a_digest_alone(db):
    key, text = ApiKey.issue("website", "marketing")
    assert text not in json.dumps({name: str(value) for name, value in vars(key).items()})


def test_the_command_line_offers_the_roles_that_there_are():
    assert set(roles.ROLES) == set(ROLES)


@pytest.mark.bars
def test_the_doctor_finds_a_new_home_well_and_names_what_it_looked_at(winnow, new_home):
    done = winnow("doctor", "--json", home=new_home())
    answer = json.loads(done.stdout)
    assert done.returncode == 0, answer
    assert answer["ok"]
    looked_at = {check["check"] for check in answer["checks"]}
    assert looked_at >= {"python", "disk", "socket", "database", "tables", "clock", "port", "mail", "browser"}


def test_the_doctor_finds_a_database_that_does_not_answer(winnow, new_home):
    url = "postgresql://carol@127.0.0.1:1/nothing"
    done = winnow("doctor", "--json", home=new_home(), DATABASE_URL=url)
    assert done.returncode == 1
    [bad] = [check for check in json.loads(done.stdout)["checks"] if check["state"] == "problem"]
    assert bad["check"] == "database"
    assert bad["way_out"]


@pytest.mark.bars
def test_the_doctor_finds_a_relay_that_does_not_answer(winnow, new_home):
    done = winnow("doctor", "--json", home=new_home(), WINNOW_SMTP_URL="smtp://127.0.0.1:1")
    bad = [check["check"] for check in json.loads(done.stdout)["checks"] if check["state"] == "problem"]
    assert bad == ["mail"]


@pytest.mark.bars
def test_pending_migrations_are_listed_before_and_gone_after(winnow, new_home):
    home = new_home()
    before = winnow("migrate", "--check", "--json", home=home)
    assert before.returncode == 1
    waiting = json.loads(before.stdout)["pending"]
    assert "leads.0001_initial" in waiting
    assert json.loads(winnow("migrate", "--json", home=home).stdout)["applied"] == len(waiting)
    assert winnow("migrate", "--check", home=home).returncode == 0


BOUNCE = """From: MAILER-DAEMON@relay.example
To: news@acme.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; ann@gone.example
Action: failed
Status: 5.1.1

--b--
"""


def test_mail_is_told_apart_file_by_file(winnow, tmp_path):
    bounce, empty = tmp_path / "bounce.eml", tmp_path / "empty.eml"
    bounce.write_text(BOUNCE)
    empty.write_text("")
    done = winnow("mail", "classify", bounce, empty, "--json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert [(row["file"], row["kind"], row["hard"], row["address"]) for row in rows] == [
        (str(bounce), "bounce", True, "ann@gone.example"),
        (str(empty), "none", None, ""),
    ]
    missing = winnow("mail", "classify", tmp_path / "none.eml")
    assert missing.returncode == 1
    assert "none.eml can't be read" in missing.stderr


@pytest.mark.bars
def test_the_words_after_test_are_pytests(winnow):
    done = winnow("test", "tests/test_imports.py", "--collect-only", "-q", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stderr
    assert "test_rooms_import_downwards_only" in done.stdout
    assert winnow("test", "tests/no_such_file.py").returncode != 0


def test_words_that_name_nothing_are_a_wrong_call(winnow, ready_home):
    home = ready_home()
    for words in ("report shoes", "audit --as-of 31-31"):
        done = winnow(*words.split(), home=home)
        assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stderr
