"""Whether a domain takes mail, as a name server on loopback says it; and that nothing waits for the answer."""

import socket
import threading
import time
from datetime import timedelta

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from tests.web import people
from winnow.intake import maildomains
from winnow.intake.arrivals import process_pending, take
from winnow.intake.maildomains import SECONDS, ask_due, takes_mail
from winnow.leads.clock import at, now
from winnow.leads.maildomain import BACK_OFF, MailDomain
from winnow.leads.models import Person


@pytest.fixture
def names():
    """A name server: (domain, kind) -> records, or the code of a refusal; unknown domains are not there."""
    told = {}
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind(("127.0.0.1", 0))
    listener.settimeout(0.1)
    over = threading.Event()

    def serve():
        while not over.is_set():
            try:
                raw, back = listener.recvfrom(4096)
            except TimeoutError:
                continue
            asked = dns.message.from_wire(raw)
            question = asked.question[0]
            name, kind = question.name.to_text().rstrip("."), dns.rdatatype.to_text(question.rdtype)
            answer = dns.message.make_response(asked)
            answer.flags |= dns.flags.RA
            records = told.get((name, kind), told.get(name, dns.rcode.NXDOMAIN))
            if records == "silence":
                continue
            if isinstance(records, list):
                if records:
                    answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *records))
            else:
                answer.set_rcode(records)
            listener.sendto(answer.to_wire(), back)

    thread = threading.Thread(target=serve)
    thread.start()
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], listener.getsockname()[1]
    yield told, resolver
    over.set()
    thread.join()
    listener.close()


def test_a_domain_with_mail_servers_takes_mail(names):
    told, resolver = names
    told["acme.example", "MX"] = ["20 spare.acme.example.", "10 mx.acme.example."]
    assert takes_mail("acme.example", resolver) == (True, "mail goes to mx.acme.example")


@pytest.mark.parametrize("kind", ["A", "AAAA"])
def test_a_domain_with_nothing_but_an_address_takes_mail_there(names, kind):
    told, resolver = names
    told["acme.example"] = []
    told["acme.example", kind] = ["192.0.2.1" if kind == "A" else "2001:db8::1"]
    assert takes_mail("acme.example", resolver)[0] is True


def test_a_domain_that_is_not_there_says_no_or_is_empty_takes_none(names):
    told, resolver = names
    told["null.example", "MX"] = ["0 ."]
    told["empty.example"] = []
    assert takes_mail("gone.example", resolver) == (False, "there is no domain gone.example")
    assert takes_mail("null.example", resolver) == (False, "null.example says that it takes no mail")
    assert takes_mail("empty.example", resolver) == (False, "empty.example has neither a mail server nor an address")


@pytest.mark.bars
def test_without_an_answer_nobody_knows_and_nobody_waits_long(names):
    told, resolver = names
    told["slow.example"], told["broken.example"] = "silence", dns.rcode.SERVFAIL
    started = time.monotonic()
    assert takes_mail("slow.example", resolver) == (None, "the resolver gave no answer in time")
    assert time.monotonic() - started < SECONDS + 1
    assert takes_mail("broken.example", resolver)[0] is None
    assert takes_mail("a" * 70 + ".example", resolver)[0] is None
    assert takes_mail("..", resolver)[0] is None


@pytest.fixture
def one_arrived(db, settings):
    people.signed()
    settings.LOOK_UP_MAIL_DOMAINS = True
    maildomains._planned[0] = float("-inf")
    take("api", "key 1", {"email": "ann@acme.example", "message": "Which mill suits rye?"}, {}, "k1")
    process_pending()


def test_a_domain_is_asked_about_once_and_the_page_says_when_it_takes_no_mail(one_arrived, client):
    asked = []

    def ask(domain):
        asked.append(domain)
        return False, f"there is no domain {domain}"

    assert [ask_due(ask) for _ in range(3)] == [1, 0, 0] and asked == ["acme.example"]
    ann = Person.objects.get(email="ann@acme.example")
    client.force_login(people.carol())
    page = client.get(f"/people/{ann.pk}/").content.decode()
    assert "takes no mail" in page and "there is no domain acme.example" in page
    MailDomain.objects.update(takes_mail=None)
    assert "takes no mail" not in client.get(f"/people/{ann.pk}/").content.decode()


def test_while_nobody_knows_it_is_asked_again_ever_later(one_arrived):
    when = now()
    for wait in (*BACK_OFF, None):
        with at(when):
            assert [ask_due(lambda domain: (None, "no answer")) for _ in range(2)] == [1, 0]
        row = MailDomain.objects.get()
        assert (row.takes_mail, row.reason, row.due_at) == (None, "no answer", when + wait if wait else None)
        when += wait or timedelta()


def test_it_is_off_until_the_operator_wants_it(one_arrived, settings):
    settings.LOOK_UP_MAIL_DOMAINS = False
    assert ask_due(lambda domain: (True, "")) == 0 and not MailDomain.objects.exists()
