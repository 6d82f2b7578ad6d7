"""Links that are followed. A click is nobody's until a second sign says that a person was there: scanners follow every
link of every mail, often from several networks. Opens are not counted at all."""

import hashlib
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from winnow.leads.clock import now
from winnow.leads.mailbox import Click, MailLink, link_digest
from winnow.leads.record import recording
from winnow.policy import facts

SECOND_AFTER = timedelta(seconds=60)
BURST, BURST_SHARE = timedelta(seconds=30), 0.6
MANY_WITHIN, MANY_PEOPLE = timedelta(seconds=60), 3
OPEN_DAYS = 7
MOST_HITS = 200


def follow(secret: str, *, method: str, network: str, agent: str, at: datetime | None = None) -> str | None:
    """Where the link leads, having kept the hit; None when there is no such link. The trap leads nowhere: ''."""
    at = at or now()
    if not 10 <= len(secret) <= 200:
        return None
    link = MailLink.objects.filter(digest=link_digest(secret), scope__in=("page", "trap")).first()
    if link is None:
        return None
    if method in ("GET", "HEAD") and link.message_id:
        keep(link, method=method, family=family_of(network, agent), agent=agent, at=at)
    return link.url


def family_of(network: str, agent: str) -> str:
    """One number for a network and a browser, keyed, so that it can be compared and not read back."""
    parts = network.split(".")
    near = ".".join(parts[:3]) if len(parts) == 4 else ":".join(network.split(":")[:4])
    return hashlib.sha256(f"{settings.SECRET_KEY}|{near}|{agent}".encode()).hexdigest()[:16]


def keep(link: MailLink, *, method: str, family: str, agent: str, at: datetime) -> None:
    """Keep one hit raw; the first that may be a person's is a fact that scores nothing yet."""
    if Click.objects.filter(message=link.message_id).count() >= MOST_HITS:
        return
    message = link.message
    click = Click(
        link=link, message=message, at=at, method=method, family=family, agent=agent.replace("\0", "")[:200],
        machine=_machine(link, method, family, at),
    )  # fmt: skip
    first = not click.machine and not Click.objects.filter(message=message, machine="").exists()
    click.save()
    if link.scope == "trap":
        Click.objects.filter(message=message, family=family, machine="", confirmed_at=None).update(machine="trap")
    else:
        _mark_burst(message, family, at)
    click.refresh_from_db()
    if click.machine or message.person is None:
        return
    if first:
        person = message.person.now_is()
        with recording(person.account, at=at) as history:
            history.append(facts.MailClicked(person=person.pk, mail=_code(message), confirmed=False))
    earlier = Click.objects.filter(message=message, machine="", at__lt=at - SECOND_AFTER).exclude(family=family)
    if earlier.exists():
        confirm(message, "a second click from elsewhere", at)


def _machine(link: MailLink, method: str, family: str, at: datetime) -> str:
    if method == "HEAD":
        return "head"
    if link.scope == "trap":
        return "trap"
    if Click.objects.filter(message=link.message_id, family=family, machine__in=("trap", "burst")).exists():
        return "trap or burst before"
    others = Click.objects.filter(family=family, at__gt=at - MANY_WITHIN).exclude(message=link.message_id)
    if others.values("message__address").distinct().count() >= MANY_PEOPLE - 1:
        return "many people at once"
    return ""


def _mark_burst(message, family: str, at: datetime) -> None:
    """Most of the links of one mail within seconds: nobody reads so fast."""
    links = MailLink.objects.filter(message=message, scope="page").count()
    hit = Click.objects.filter(message=message, family=family, at__gt=at - BURST, link__scope="page")
    if links > 1 and hit.values("link").distinct().count() > max(1, links * BURST_SHARE):
        Click.objects.filter(message=message, family=family, confirmed_at=None, machine="").update(machine="burst")


def confirm(message, by: str, at: datetime | None = None) -> bool:
    """A second sign: the clicks of this mail were a person's. One fact per mail. False when that was known."""
    at = at or now()
    person = message.person.now_is()
    with transaction.atomic(), recording(person.account, at=at) as history:
        open_ones = Click.objects.filter(message=message, machine="", confirmed_at=None)
        known = Click.objects.filter(message=message).exclude(confirmed_at=None).exists()
        if not open_ones.update(confirmed_at=at, confirmed_by=by[:40]) or known:
            return False
        history.append(facts.MailClicked(person=person.pk, mail=_code(message), confirmed=True))
    return True


_SIGNED = """
SELECT DISTINCT ON (k.message_id) k.message_id, f.kind
FROM leads_click k
JOIN leads_message m ON m.id = k.message_id
JOIN leads_fact f ON f.person_id = m.person_id AND f.recorded_at > k.at AND f.happened_at > k.at
 AND (f.kind IN ('inquiry', 'mail_replied') OR f.kind IN ('page_seen', 'content_taken') AND f.flag IS NOT TRUE)
WHERE k.machine = '' AND k.confirmed_at IS NULL AND k.at > %(since)s
ORDER BY k.message_id LIMIT 200"""

WORDS = {
    "inquiry": "they inquired", "mail_replied": "they replied", "page_seen": "they were on our site",
    "content_taken": "they took content",
}  # fmt: skip


def confirm_clicks(at: datetime | None = None) -> int:
    """Confirm clicks by what the same person did afterwards. Returns how many mails."""
    at = at or now()
    from winnow.leads.message import Message

    with connection.cursor() as cursor:
        cursor.execute(_SIGNED, {"since": at - timedelta(days=OPEN_DAYS)})
        signed = cursor.fetchall()
    for number, kind in signed:
        confirm(Message.objects.select_related("person__account").get(pk=number), WORDS[kind], at)
    return len(signed)


def _code(message) -> str:
    return message.tip.code if message.tip else message.kind
