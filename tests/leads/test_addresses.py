"""Addresses and numbers: what identifies a person, what is a desk, what is crossed out."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tries import tries
from winnow.leads import addresses
from winnow.leads.addresses import (
    company_domain,
    domain_of,
    is_disposable,
    is_free_mail,
    normalise_email,
    normalise_phone,
    registrable_domain,
)


@pytest.mark.parametrize(
    "text",
    [
        "Ann@Acme.COM", "ann@acme.com. ", " mailto:Ann@acme.com?subject=Hello", "Ann Lee <ann@acme.com>",
        '"Lee, Ann" <ann@acme.com>', "<ann@acme.com>", "(ann@acme.com)", "'ann@acme.com'", "ann@acme.com,",
        "ANN@ACME.COM\n", "ann＠acme.com", "\u200bann@acme.com\u00a0",
    ],
)  # fmt: skip
def test_one_address_has_one_form_however_it_is_written(text):
    assert normalise_email(text).normalised == "ann@acme.com"
    assert normalise_email(text).identifies


def test_no_dots_and_no_tags_are_taken_out():
    assert normalise_email("a.n.n+crm@gmail.com").normalised == "a.n.n+crm@gmail.com"


def test_a_domain_beyond_ascii_has_one_form_too():
    assert normalise_email("ann@münchen.de").normalised == "ann@xn--mnchen-3ya.de"
    assert normalise_email("ann@XN--MNCHEN-3YA.de").normalised == "ann@xn--mnchen-3ya.de"


@pytest.mark.parametrize(
    "text",
    [
        "aXXXXXXX@gmail.com", "sXXXXXXXahoo.co.in", "#VALUE!", "XXXXXXX", "****", "a***@acme.com", "n/a", "N/A",
        "none", "-",
        "test@test.com", "test@test", "xxx@xxx.com", "asdf@qwer.de", "0@0.com", "a@a.co", "none@acme.com",
        "[email protected]", "unknown@acme.com", "foo@bar.com", "a…@acme.com",
    ],
)  # fmt: skip
def test_what_is_crossed_out_identifies_nobody(text):
    found = normalise_email(text)
    assert (found.kind, found.normalised, found.identifies) == ("masked", "", False)
    assert found.reason


def test_a_crossed_out_address_still_tells_its_domain():
    assert normalise_email("aXXXXXXX@gmail.com").domain == "gmail.com"


@pytest.mark.parametrize("text", ["maxxx@acme.com", "xx@acme.com", "foxxx@acme.com", "a@b.co", "no@acme.com",
                                  "test@example.com", "user@acme.example", "john@mail.com",
                                  "o'brien@acme.ie"])  # fmt: skip
def test_what_only_looks_like_a_placeholder_is_a_person(text):
    assert normalise_email(text).kind == "valid"


@pytest.mark.parametrize(
    "text",
    ["info@acme.com", "info-uk@acme.com", "sales.de@acme.com", "Kontakt@acme.de", "contacto@acme.es", "rrhh@acme.es",
     "noreply@acme.com", "support+42@acme.com", "office2@acme.at"],
)  # fmt: skip
def test_a_desk_is_a_mailbox(text):
    assert normalise_email(text).kind == "mailbox"
    assert normalise_email(text).identifies


@pytest.mark.parametrize("text", ["it.smith@acme.com", "information.lee@acme.com", "ann.sales@acme.com"])
def test_a_person_whose_name_contains_a_desk_is_a_person(text):
    assert normalise_email(text).kind == "valid"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"), ("ann", "no @"), ("ann@acme", "period"), ("ann@@acme.com", "more than one @"),
        ("ann@acme.com;bob@acme.com", "more than one @"), ("a b@acme.com", "SPACE"), ("ann@acme..com", "periods"),
        ("ann@acme.test", "special-use"), ("ann@127.0.0.1", "top-level"), ("ann@acme.c", "single letter"),
        ("a\0@acme.com", "NUL"), ("ann\r\nBcc: bob@acme.com", "control"), ("a" * 300 + "@acme.com", "254"),
    ],
)  # fmt: skip
def test_a_malformed_address_says_why(text, reason):
    found = normalise_email(text)
    assert (found.kind, found.normalised) == ("malformed", "")
    assert reason in found.reason


@given(st.text(max_size=400))
def test_no_text_breaks_it_and_a_normal_form_is_its_own(text):
    found = normalise_email(text)
    assert found.kind in ("valid", "mailbox", "masked", "malformed")
    if found.identifies:
        assert normalise_email(found.normalised).normalised == found.normalised


@pytest.mark.parametrize("text",
    ["a" * 100_000, "a@" + "a." * 50_000, "<" * 90_000 + ">", "a" * 63 + "." * 190 + "@" + "b-" * 100])
def test_long_texts_take_no_time(text):
    began = time.process_time()
    normalise_email(text)
    normalise_phone(text)
    domain_of(text)
    assert time.process_time() - began < 0.05


@pytest.mark.parametrize(
    ("text", "country", "normalised"),
    [
        ("+49 (0)30 123456", None, "+4930123456"),
        ("030 123456", "DE", "+4930123456"),
        ("0049 30 123456", None, "+4930123456"),
        ("tel:+49-30-123456", None, "+4930123456"),
        ("650-253-0000", "us", "+16502530000"),
        ("+1 650-253-0000 x123", None, "+16502530000;ext=123"),
    ],
)
def test_one_number_has_one_form(text, country, normalised):
    found = normalise_phone(text, country)
    assert (found.kind, found.normalised) == ("valid", normalised)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("984XXXXXXX", "masked"), ("XXXXXXX", "masked"), ("0000000000", "masked"), ("1234567890", "masked"),
        ("9876543210", "masked"), ("#VALUE!", "masked"), ("n/a", "masked"), ("+49 30 ****", "masked"),
        ("030 123456", "local"), ("12", "malformed"), ("call me", "malformed"), ("", "malformed"),
        ("+999123456", "malformed"), ("1" * 100, "malformed"),
    ],
)  # fmt: skip
def test_what_is_no_number_of_somebody_identifies_nobody(text, kind):
    found = normalise_phone(text)
    assert (found.kind, found.normalised, found.identifies) == (kind, "", False)
    assert found.reason


@pytest.mark.parametrize(
    ("domain", "company"),
    [
        ("mail.eu.acme.co.uk", "acme.co.uk"), ("acme.com", "acme.com"), ("acme.example", "acme.example"),
        ("sub.acme.example", "acme.example"), ("münchen.de", "xn--mnchen-3ya.de"),
        ("acme.github.io", "acme.github.io"),
        ("gmail.com", None), ("mail.gmail.com", None), ("web.de", None), ("yahoo.co.uk", None),
        ("mailinator.com", None),
        ("10.0.0.1", None), ("co.uk", None), ("", None), (None, None), ("a b.com", None),
    ],
)  # fmt: skip
def test_a_company_is_known_by_its_registrable_domain_and_never_by_free_mail(domain, company):
    assert company_domain(domain) == company


def test_a_domain_on_both_lists_is_throw_away_and_not_free_mail():
    assert is_disposable("21cn.com")
    assert not is_free_mail("21cn.com")
    assert is_free_mail("gmail.com")
    assert not is_disposable("gmail.com")


def test_domains_are_taken_apart_without_a_network(monkeypatch):
    import socket

    def refuse(*_args, **_options):
        raise AssertionError("asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert registrable_domain("www.a-name-never-asked-before.co.jp") == "a-name-never-asked-before.co.jp"


@pytest.mark.parametrize(
    "text",
    ["https://www.Acme.com/x?y#z", "ann@acme.com", "WWW.ACME.COM", "http://user:secret@acme.com:8080/", "acme.com/"],
)
def test_a_domain_is_found_in_an_address(text):
    assert domain_of(text) == "acme.com"


@pytest.mark.parametrize("text", ["", "acme", "foo bar", "https://", "-acme-.com", "10.0.0.1", "a" * 3000])
def test_no_domain_is_made_up(text):
    assert domain_of(text) == ""


LOCALS = st.one_of(
    st.sampled_from(["ann.lee", "info", "info.de", "x", "xx", "x-x", "none", "test", "qwerty", "a+b", "a..b"]),
    st.text("abxé.+_-09A", min_size=1, max_size=12),
)
HOSTS = st.one_of(
    st.sampled_from(["acme.com", "gmail.com", "gamil.com", "mail.acme.co.uk", "test.com", "a.b", "acme", "xn--a.de"]),
    st.text("acx-.é1", min_size=1, max_size=12),
)


@settings(max_examples=tries(150, 3000), deadline=None)
@given(LOCALS, HOSTS)
def test_what_is_read_at_a_glance_is_read_as_it_is_at_length(local, host):
    text = f"{local}@{host}"
    glance = addresses._plain_address(text)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(addresses, "_plain_address", lambda _: None)
        assert glance is None or glance == normalise_email(text)
