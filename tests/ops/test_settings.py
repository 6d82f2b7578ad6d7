"""What the environment says, and what every answer to a browser carries."""

import json
import os
import stat
import subprocess
import sys
import threading

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from tests.conftest import OUTSIDE
from winnow import home as homes
from winnow.web import csp

SHOW = "import json, winnow.settings as s; print(json.dumps(eval({!r}), default=str))"


def setting(expression, home, **variables):
    """The value of an expression over the settings, `s`, in a process of its own."""
    environment = OUTSIDE | {"WINNOW_HOME": str(home)} | variables
    done = subprocess.run(
        [sys.executable, "-c", SHOW.format(expression)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_the_database_url_is_taken_apart_with_its_escapes_and_options(tmp_path):
    url = "postgresql://carol:p%40ss%2Fword@db.example:6432/leads?sslmode=require"
    got = setting("s.DATABASES['default']", tmp_path, DATABASE_URL=url)
    assert [got[key] for key in ("HOST", "PORT", "USER", "PASSWORD", "NAME")] == [
        "db.example",
        "6432",
        "carol",
        "p@ss/word",
        "leads",
    ]
    assert got["OPTIONS"]["sslmode"] == "require"


def test_without_a_url_it_is_the_embedded_database_of_the_home(tmp_path):
    got = setting("s.DATABASES['default']", tmp_path)
    assert got["HOST"] == str(homes.socket_folder(tmp_path))
    assert got["CONN_MAX_AGE"] is None


def test_a_public_address_with_tls_makes_the_cookies_secure_and_the_host_known(tmp_path):
    got = setting(
        "[s.ALLOWED_HOSTS, s.CSRF_TRUSTED_ORIGINS, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE]",
        tmp_path,
        WINNOW_PUBLIC_URL="https://leads.acme.example/",
    )
    assert got == [
        ["localhost", "127.0.0.1", "[::1]", "leads.acme.example"],
        ["https://leads.acme.example"],
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://u:p%3A@relay.example?starttls=1", ["relay.example", 587, "u", "p:", True, False]),
        ("smtps://relay.example", ["relay.example", 465, "", "", False, True]),
        ("smtp://relay.example:2525", ["relay.example", 2525, "", "", False, False]),
    ],
)
def test_the_relay_is_read_from_its_address(tmp_path, url, expected):
    names = [
        "EMAIL_HOST",
        "EMAIL_PORT",
        "EMAIL_HOST_USER",
        "EMAIL_HOST_PASSWORD",
        "EMAIL_USE_TLS",
        "EMAIL_USE_SSL",
    ]
    assert setting(f"[getattr(s, name) for name in {names!r}]", tmp_path, WINNOW_SMTP_URL=url) == expected


def test_without_a_relay_no_mail_pretends_to_go(tmp_path):
    backend, configured = setting("[s.EMAIL_BACKEND, s.MAIL_CONFIGURED]", tmp_path)
    assert "dummy" in backend
    assert configured is False


def test_the_secret_is_made_once_and_is_its_owners_alone(tmp_path):
    found, start = [], threading.Barrier(8)

    def ask():
        start.wait()
        found.append(homes.secret_key(tmp_path / "home"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found[0]) >= 50
    assert stat.S_IMODE(os.stat(tmp_path / "home" / "secret-key").st_mode) == 0o600
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["secret-key"]


def answer(response):
    return csp.content_security_policy(lambda request: response)(RequestFactory().get("/"))


def test_every_answer_forbids_foreign_and_inline_scripts():
    policy = answer(HttpResponse())["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_one_answer_may_be_framed_and_the_others_may_not():
    form = csp.widen_policy(HttpResponse(), frame_ancestors="https://acme.example")
    framed = answer(form)
    assert "frame-ancestors https://acme.example" in framed["Content-Security-Policy"]
    assert framed.xframe_options_exempt
    assert "frame-ancestors 'none'" in answer(HttpResponse())["Content-Security-Policy"]


def test_a_directive_that_there_is_not_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="frame-ancestor"):
        csp.widen_policy(HttpResponse(), frame_ancestor="*")


def test_a_static_files_address_changes_with_its_content(settings, tmp_path):
    from winnow.web.static_files import VersionedStaticFiles, content_version

    settings.STATICFILES_DIRS = [tmp_path]
    addresses = []
    for text in ("a", "b"):
        (tmp_path / "one.css").write_text(text)
        content_version.cache_clear()
        addresses.append(VersionedStaticFiles().url("one.css"))
    content_version.cache_clear()
    assert addresses[0] != addresses[1]
    assert all(address.startswith("/static/one.css?v=") for address in addresses)
