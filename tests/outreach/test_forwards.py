"""Mail that colleagues forward, as Outlook, Gmail, Apple Mail and Thunderbird write it; odd mail; signatures."""

import email
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tries import tries
from winnow.outreach import mailparts, signature
from winnow.outreach.classify import classify
from winnow.outreach.forwards import forwarded

QUESTION = "Which mill suits rye?\n\nAnn"
STYLES = {
    "gmail en": "See below.\n\n---------- Forwarded message ---------\nFrom: Ann Lee <ann@acme.example>\n"
    "Date: Mon, Mar 9, 2026 at 10:01 AM\nSubject: A mill\nTo: Sam <sam@winnow.example>\n\n\n{}",
    "gmail de": "---------- Weitergeleitete Nachricht ---------\nVon: Ann Lee <ann@acme.example>\n"
    "Datum: Mo., 9. März 2026 um 10:01 Uhr\nBetreff: A mill\nAn: <sam@winnow.example>\n\n{}",
    "gmail fr": "---------- Message transféré ---------\nDe : Ann Lee <ann@acme.example>\n"
    "Date : lun. 9 mars 2026 à 10:01\nObjet : A mill\nÀ : <sam@winnow.example>\n\n{}",
    "gmail es": "---------- Mensaje reenviado ---------\nDe: Ann Lee <ann@acme.example>\n"
    "Fecha: lun, 9 mar 2026 a las 10:01\nAsunto: A mill\nPara: <sam@winnow.example>\n\n{}",
    "outlook en": "FYI\n\n________________________________\nFrom: Ann Lee <ann@acme.example>\n"
    "Sent: Monday, March 9, 2026 10:01 AM\nTo: Sam Rep <sam@winnow.example>; Sue <sue@winnow.example>\n"
    "Cc: Info;\n other@winnow.example\nSubject: A mill\n\n{}",
    "outlook de": "-----Ursprüngliche Nachricht-----\nVon: Ann Lee [mailto:ann@acme.example] \n"
    "Gesendet: Montag, 9. März 2026 10:01\nAn: Sam Rep\nBetreff: A mill\nPriorität: Hoch\n\n{}",
    "outlook fr": "De\u00a0: Ann Lee <ann@acme.example>\nEnvoyé\u00a0: lundi 9 mars 2026 10:01\n"
    "À\u00a0: Sam\nObjet\u00a0: A mill\n\n{}",
    "outlook es": "De: Ann Lee <ann@acme.example> \nEnviado el: lunes, 9 de marzo de 2026 10:01\nPara: Sam\n"
    "Asunto: A mill\n\n{}",
    "outlook bold": "*From:* Ann Lee <ann@acme.example>\n\n*Sent:* Monday\n\n*To:* Sam\n\n*Subject:* A mill\n\n{}",
    "apple en": "Begin forwarded message:\n\n> From: Ann Lee <ann@acme.example>\n> Subject: A mill\n"
    "> Date: 9 March 2026 at 10:01:22 CET\n> To: Sam <sam@winnow.example>\n> \n> {}",
    "apple de": "Anfang der weitergeleiteten Nachricht:\n\n> Von: \"Ann Lee\" <ann@acme.example>\n> Betreff: A mill\n"
    "> Datum: 9. März 2026 um 10:01:22 MEZ\n> An: sam@winnow.example\n> \n> {}",
    "apple fr": "Début du message réexpédié :\n\n> De: Ann Lee <ann@acme.example>\n> Objet: A mill\n"
    "> Date: 9 mars 2026\n> À: sam@winnow.example\n>\n> {}",
    "apple es": "Inicio del mensaje reenviado:\n\n> De: Ann Lee <ann@acme.example>\n> Asunto: A mill\n"
    "> Fecha: 9 mar\n>\n> {}",
    "thunderbird en": "\n\n-------- Forwarded Message --------\nSubject: \tA mill\n"
    "Date: \tMon, 9 Mar 2026 10:01:22 +0100\n"
    "From: \tAnn Lee <ann@acme.example>\nTo: \tsam@winnow.example\n\n\n\n{}",
    "thunderbird de": "-------- Weitergeleitete Nachricht --------\nBetreff: \tA mill\nDatum: \tMon, 9 Mar 2026 10:01\n"
    "Von: \tAnn Lee <ann@acme.example>\nAn: \tsam@winnow.example\n\n{}",
    "twice": "---------- Forwarded message ---------\nFrom: Sue <sue@winnow.example>\nSubject: Fwd: A mill\n"
    "To: sam@winnow.example\n\n---------- Forwarded message ---------\nFrom: Ann Lee <ann@acme.example>\n"
    "Subject: A mill\nTo: sue@winnow.example\n\n{}",
    "a thread": "________________________________\nFrom: Sue <sue@winnow.example>\nSent: Monday\nTo: Ann Lee\n"
    "Subject: RE: A mill\n\nThe small one.\n\nOn Mon, 9 Mar 2026 at 10:01, Ann Lee <ann@acme.example> wrote:\n{}",
}  # fmt: skip


def is_ours(address):
    return address.endswith("@winnow.example")


def read(raw):
    judged = classify(raw)
    return forwarded(email.message_from_bytes(raw), judged.subject, judged.text, is_ours)


def colleague(text, subject="Fwd: A mill", html=False):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Sam <sam@winnow.example>", "inquiries@winnow.example", subject
    if html:
        mail.set_content(text, subtype="html")
    else:
        mail.set_content(text)
    return mail


@pytest.mark.parametrize("style", STYLES)
def test_who_wrote_it_is_found_in_every_style(style):
    mark = "\n> " if "> {}" in STYLES[style] else "\n"
    found = read(colleague(STYLES[style].format(QUESTION.replace("\n", mark)), subject="WG: A mill").as_bytes())
    assert (found.name, found.address) == ("Ann Lee", "ann@acme.example")
    assert found.text.strip() == QUESTION
    assert found.note == {"gmail en": "See below.", "outlook en": "FYI"}.get(
        style, "The small one." if style == "a thread" else ""
    )  # fmt: skip
    assert found.subject in ("A mill", "") and (style == "a thread" or found.subject)


def test_the_same_is_found_in_html_without_a_plain_part():
    outlook = (
        "<html><head><style>p {color: red}</style></head><body><p>Bitte &uuml;bernehmen</p>"
        '<div style="border-top:solid #E1E1E1 1.0pt"><p class="MsoNormal"><b><span>Von:</span></b><span> Ann Lee '
        '&lt;ann@acme.example&gt; <br><b>Gesendet:</b> Montag, 9. M&auml;rz 2026 10:01<br><b>An:</b> Sam<br>'
        "<b>Betreff:</b> A mill</span></p></div><p>Which mill suits rye?<o:p></o:p></p></body></html>"
    )  # fmt: skip
    thunderbird = (
        "<p>-------- Forwarded Message --------</p><table><tbody><tr><th>Subject: </th><td>A mill</td></tr>"
        "<tr><th>From: </th><td>Ann Lee <a href='mailto:ann@acme.example'>&lt;ann@acme.example&gt;</a></td></tr>"
        "<tr><th>To: </th><td>sam@winnow.example</td></tr></tbody></table><p>Which mill suits rye?</p>"
    )  # fmt: skip
    for markup in (outlook, thunderbird):
        found = read(colleague(markup, html=True, subject="WG: A mill").as_bytes())
        assert (found.name, found.address, found.text) == ("Ann Lee", "ann@acme.example", "Which mill suits rye?")
    assert "übernehmen" in read(colleague(outlook, html=True).as_bytes()).note


def test_a_mail_attached_whole_is_read_with_its_date_also_within_another():
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "Ann Lee <ann@acme.example>", "A mill"
    inner["Date"], inner["Message-ID"] = "Mon, 09 Mar 2026 10:01:22 +0100", "<one@acme.example>"
    inner.set_content(QUESTION)
    middle = colleague("From Sue.", subject="FW: A mill")
    middle.add_attachment(inner)
    outer = colleague("Yours?", subject="A mill")
    outer.add_attachment(middle)
    for mail in (middle, outer):
        found = read(mail.as_bytes())
        assert (found.address, found.subject, found.message_id) == ("ann@acme.example", "A mill", "<one@acme.example>")
        assert found.sent_at.isoformat() == "2026-03-09T10:01:22+01:00"


def test_a_forward_in_which_nobody_is_found_says_so_and_what_is_none_is_none():
    nobody = read(colleague("From: Ann Lee\nSent: Monday\nTo: Sam\nSubject: A mill\n\nHello").as_bytes())
    assert (nobody.address, nobody.name) == ("", "Ann Lee")
    assert read(colleague("Call her.", subject="TR: A mill").as_bytes()).address == ""
    assert read(colleague("Lunch?", subject="Lunch").as_bytes()) is None
    reply = "Yes.\n\nFrom: Ann Lee <ann@acme.example>\nSent: Monday\nTo: Sam\nSubject: A mill\n\nHello"
    assert read(colleague(reply, subject="RE: A mill").as_bytes()) is None, "an answer is no forward"


# -- odd mail ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("payload, charset, text", [
    ("Grüße".encode(), "us-ascii", "Grüße"), ("Grüße".encode("cp1252"), "utf-8", "Grüße"),
    ("„Mühle“ – 5 €".encode("cp1252"), "iso-8859-1", "„Mühle“ – 5 €"),
    ("Мельница".encode("koi8-r"), "KOI8-R", "Мельница"),
    ("粉挽き".encode("cp932"), "shift_jis", "粉挽き"), ("磨坊".encode("gb18030"), "GB2312", "磨坊"),
    (b"M+APw-hle", "unicode-1-1-utf-7", "Mühle"), ("Mühle".encode("utf-16"), "utf-16", "Mühle"),
    ("Mühle".encode(), "no-such-set", "Mühle"), ("Mühle".encode("cp1252"), "no-such-set", "Mühle"), (b"", None, ""),
])  # fmt: skip
def test_text_is_read_whatever_set_it_claims(payload, charset, text):
    assert mailparts.decoded(payload, charset) == text


def test_headers_are_read_in_any_set_too():
    raw = ("From: =?iso-8859-1?Q?J=FCrgen?= <j@acme.example>\nSubject: Mühle =?x-none?Q?caf=E9?=\n\nx").encode()
    judged = classify(raw)
    assert (judged.name, judged.sender) == ("Jürgen", "j@acme.example") and judged.subject.startswith("Mühle")
    assert "café" in judged.subject


def test_markup_becomes_what_a_reader_sees():
    head = "<head><title>x</title></head><style>p{}</style><!-- no -->"
    markup = f"{head}<p>One<br>two</p><header>Three</header><b>f</b>our"
    assert mailparts.from_html(markup) == "One\ntwo\nThreefour"
    for attack in ("<" * 240_000, "<style" * 40_000, "<!--" * 60_000, "<br " * 60_000, "&#" * 100_000):
        mailparts.from_html(attack)


def test_what_is_attached_is_listed_and_what_is_sealed_is_said():
    mail = colleague("Here.", subject="A list")
    mail.add_attachment(b"x" * 1000, maintype="application", subtype="pdf", filename="liste.pdf")
    mail.add_attachment(b"y", maintype="application", subtype="ms-tnef", filename="winmail.dat")
    judged = classify(mail.as_bytes())
    assert judged.attachments == (
        ("liste.pdf", "application/pdf", 1000), ("winmail.dat", "application/ms-tnef", 1)
    )  # fmt: skip
    assert "winmail.dat" in judged.sealed and judged.text.strip() == "Here."
    smime = b"From: a@b.example\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nabc"
    assert "encrypted" in classify(smime).sealed


# -- signatures -------------------------------------------------------------------------------------------------------
SIGNED = """Which mill suits rye?

Mit freundlichen Grüßen
Ann Lee
Leiterin Einkauf
Acme Mühlen GmbH
Hauptstr. 5, 80331 München
Tel.: +49 89 1234567 | Fax: +49 89 1234568
Mobil: +49 171 2345678
ann@acme.example
"""


def test_a_signature_tells_what_is_sure_and_nothing_else():
    assert signature.read(SIGNED, "Ann Lee", "ann@acme.example") == {
        "phone": "+49 89 1234567", "title": "Leiterin Einkauf", "company": "Acme Mühlen GmbH",
    }  # fmt: skip
    english = "Hi\n\nBest regards,\n\nAnn Lee\nHead of Purchasing | Bolt\nM: +44 7400 123456\n\n> T: +44 20 7946 0958"
    found = signature.read(english, "", "ann.lee@bolt.example")
    assert found == {"phone": "+44 7400 123456", "title": "Head of Purchasing", "company": "Bolt"}


@pytest.mark.parametrize("text", [
    "Call me at +49 89 1234567.\n\nAnn",  # no signature
    "Hi\n\nBest regards\nBob Ray\nCEO\nTel: +49 89 1234567",  # somebody else's
    "Hi\n\n-- \nAnn Lee\nOrder 0049-123\nFax: +49 89 1234568\nwww.acme.example",  # no telephone among them
    "Hi\n\n-- \nAnn Lee\nNever give up\nDenver, CO",  # words, and a place
    "", "-- \n", "Best regards",
])  # fmt: skip
def test_what_is_not_sure_is_left_alone(text):
    assert signature.read(text, "Ann Lee", "ann@mail.example") == {}


PIECES = st.sampled_from([
    b"From: ", b"Subject: Fwd: x", b"To: a@b.example", b"\n", b"\n\n", b"Content-Type: multipart/mixed; boundary=b",
    b"--b", b"--b--", b"Content-Type: message/rfc822", b"Content-Type: text/html; charset=\xff", b"=?utf-8?B?!?=",
    b"Content-Transfer-Encoding: base64", b"Begin forwarded message:", b"Von: Ann <ann@acme.example>", b"Gesendet: x",
    b"> ", b"-- ", b"Best regards", b"Ann", b"Tel: +49 89 1234567", b"<table>", b"&#x;", b"\x00", b"\xe4", b"a" * 300,
    b'Content-Disposition: attachment; filename*=utf-8\'\'%ff', b"Content-Type: application/ms-tnef",
])  # fmt: skip


@settings(max_examples=tries(40, 2000))
@given(st.lists(PIECES | st.binary(max_size=20), max_size=40))
def test_whatever_arrives_nothing_of_it_breaks_the_reading(pieces):
    raw = b"".join(pieces)
    judged = classify(raw)
    for said in (judged.sender, judged.name, judged.subject, judged.text, judged.reason, judged.message_id, judged.date,
                 *(one[0] for one in judged.attachments)):  # fmt: skip
        assert "\0" not in said and said.encode() is not None, "a database keeps it"
    forwarded(email.message_from_bytes(raw), judged.subject, judged.text, is_ours)
    signature.read(judged.text, judged.name, judged.sender)
