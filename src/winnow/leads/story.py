"""The story of a person: facts in words, with what people said, newest first. Reading only."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import Q

from winnow.leads.campaign import Campaign, Content
from winnow.leads.cycle import Answer
from winnow.leads.definition import Definition
from winnow.leads.fact import FactRow
from winnow.leads.inquiry import Inquiry
from winnow.leads.lead import Touch
from winnow.leads.mailbox import IncomingMail
from winnow.leads.message import Tip
from winnow.leads.pageview import PageView
from winnow.leads.person import Person, same_person
from winnow.leads.user import User
from winnow.policy.facts import ITEMS

ENGAGEMENT = ("inquiry", "content_taken", "page_seen", "called", "met", "touch", "mail_replied", "answered")
OF_OTHERS = 200  # newest facts of the account that are looked through for what its other people did
WAYS = {
    "web": "filled in a form", "print": "answered a print advert", "direct_mail": "answered a mailing",
    "event": "was at an event", "referral": "was recommended to us", "social": "came from a social network",
    "purchased_list": "stands on a list that we bought", "pr": "came from the press",
    "advertising": "came from an advert", "search": "came from a search", "email": "wrote a mail",
    "phone": "called us", "chat": "chatted with us", "partner": "came through a partner", "direct": "came directly",
    "sales_prospecting": "was found by sales", "unknown": "inquired",
}  # fmt: skip
RESULTS = {
    "spoke": "they spoke", "met": "they met", "replied": "answered", "no_answer": "no answer",
    "message": "left a message", "message_left": "left a message", "sent": "sent", "wrong_number": "wrong number",
    "wrong_person": "wrong person",
}  # fmt: skip
SOURCES = {
    "rep": "by sales", "meeting": "in a meeting", "call": "by phone", "mail": "by mail", "chat": "in a chat",
    "form": "in a form", "event": "at an event", "import": "in a file", "machine": "computed",
    "title": "read from the job title", "website": "read on the company's website",
}  # fmt: skip


@dataclass(frozen=True)
class Moment:
    """One thing that happened, in words. `tone` is strong, plain, hollow (counts for nothing) or against.

    `strong` and `plain` follow each other in one line, `said` are the words of a person, `after` explains, `whole` is
    a whole talk to be unfolded. `milli` are the points it gave, None where points don't apply.
    """

    at: datetime
    fact: int
    tone: str = "plain"
    strong: str = ""
    plain: str = ""
    said: str = ""
    after: str = ""
    milli: int | None = None
    who: int | None = None
    whole: str = ""


@dataclass
class _Names:
    """What the codes and numbers in some facts are called; asked for once per kind."""

    person: int
    users: dict = field(default_factory=dict)
    people: dict = field(default_factory=dict)
    contents: dict = field(default_factory=dict)
    tips: dict = field(default_factory=dict)
    campaigns: dict = field(default_factory=dict)
    inquiries: dict = field(default_factory=dict)
    answers: dict = field(default_factory=dict)
    notes: dict = field(default_factory=dict)
    pages: dict = field(default_factory=dict)
    reasons: dict = field(default_factory=dict)

    def user(self, number) -> str:
        return self.users.get(number, "somebody") if number else "Winnow"

    def content(self, code: str) -> str:
        return f"“{self.contents[code]}”" if code in self.contents else code.replace("_", " ") or "something"

    def mail(self, code: str) -> str:
        return f"“{self.tips[code]}”" if code in self.tips else code.replace("_", " ") or "a mail"


def bearing_on(person: Person, limit: int, before: int | None = None) -> list[FactRow]:
    """The newest facts of the person and of the account as a whole, newest first; `before` a number of a fact.

    Two queries and not one OR: each reads its index backwards, however many facts there are.
    """
    mine = FactRow.objects.filter(person_id__in=same_person(person))
    whole = FactRow.objects.filter(account_id=person.account_id, person_id=None)
    found = []
    for rows in (mine, whole):
        rows = rows.filter(pk__lt=before) if before is not None else rows
        found += rows.order_by("-pk")[:limit]
    return sorted(found, key=lambda row: -row.pk)[:limit]


def story(person: Person, *, limit: int = 12, points: dict[int, int] | None = None) -> list[Moment]:
    """The newest `limit` moments of a person and of what others of the account did, by when they happened.

    `points` are milli-points by fact, from the lines of the score. Costs the same on an account with a hundred facts
    and on one with a hundred thousand.
    """
    mine = same_person(person)
    rows = bearing_on(person, limit * 4)
    newest = FactRow.objects.filter(account_id=person.account_id).order_by("-pk").values("pk")[:OF_OTHERS]
    others = FactRow.objects.filter(pk__in=newest).exclude(person_id__in=mine).exclude(person_id=None)
    rows += others.filter(kind__in=ENGAGEMENT)[: limit * 2]
    found = told(rows, person, points)
    return sorted(found, key=lambda one: (one.at, one.fact), reverse=True)[:limit]


def in_short(moments: list[Moment], most: int = 4) -> list[Moment]:
    """The few that tell most: first those in which the person speaks, then the newest that count, newest first."""
    def tells(one):
        return (not one.said, -min(len(one.said), 100) // 25, one.tone != "strong", -one.at.timestamp())

    best = sorted(moments, key=tells)[:most]
    return sorted(best, key=lambda one: (one.at, one.fact), reverse=True)


def told(rows: list[FactRow], person: Person | None, points: dict[int, int] | None = None) -> list[Moment]:
    """Facts as moments, in their order; what somebody was described as at one time becomes one moment."""
    names = _names(rows, person)
    points = points or {}
    moments, described = [], defaultdict(list)
    for row in rows:
        if row.kind == "described":
            described[row.person_id, row.recorded_at, row.source].append(row)
            continue
        moment = _moment(row, names)
        milli = points.get(row.pk, moment.milli)
        tone = "against" if milli is not None and milli < 0 else moment.tone
        if row.person_id in names.people:
            moment = _of_another(row, moment, names.people[row.person_id])
        moments.append(replace(moment, milli=milli, tone=tone))
    for (who, at, source), group in described.items():
        group.sort(key=lambda row: row.pk)
        words = ", ".join(f"{row.code.replace('_', ' ')} {row.value or 'unknown'}" for row in group)
        of = f" of {names.people[who]}" if who in names.people else ""
        after = SOURCES.get(source.partition(" ")[0], source)  # behind it: the version of what read it
        moments.append(Moment(at=at, fact=group[0].pk, plain=f"Known now{of}: {words}", after=after))
    return moments


def _of_another(row: FactRow, moment: Moment, name: str) -> Moment:
    """The same, of somebody else in the account: "Tomas Riis took “Audit season”", "Carol called Tomas Riis"."""
    if row.kind in ("called", "met", "touch"):
        return replace(moment, strong=f"{moment.strong} {name}", who=row.person_id)
    if row.kind in ("disposition", "response"):
        done = moment.strong
        done = done.replace(" them", f" {name}", 1) if " them" in done else f"{done}, {name}"
        return replace(moment, strong=done, who=row.person_id)
    if moment.strong and row.kind != "answered":
        return replace(moment, strong=f"{name} {_small(moment.strong)}", who=row.person_id)
    said = _small(moment.strong or moment.plain)
    return replace(moment, strong=name, plain=f": {said}", who=row.person_id)


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


def _moment(row: FactRow, names: _Names) -> Moment:
    say = _WORDS.get(row.kind, _plainly)
    told = say(row, names)
    return replace(told, at=row.happened_at, fact=row.pk)


def _m(tone="plain", strong="", plain="", said="", after="", milli=None, whole="") -> Moment:
    return Moment(
        at=None, fact=0, tone=tone, strong=strong, plain=plain, said=said, after=after, milli=milli, whole=whole
    )


def _plainly(row, names):
    return _m(plain=row.kind.replace("_", " ").capitalize())


def _inquiry(row, names):
    inquiry = names.inquiries.get(row.inquiry_id)
    way = WAYS.get(row.code, row.code).capitalize()
    notes, asked = [], []
    if inquiry is not None:
        if inquiry.form:
            notes.append(f"form {inquiry.form}")
        if inquiry.campaign_id in names.campaigns:
            notes.append(f"campaign {names.campaigns[inquiry.campaign_id]}")
        if inquiry.contact_me:
            notes.append("asked to be contacted")
        if inquiry.answers.get("forwarded_by"):
            notes.append(f"forwarded by {inquiry.answers['forwarded_by']}")
        if inquiry.answers.get("read_from_signature"):
            notes.append(f"read from the signature: {inquiry.answers['read_from_signature']}")
        if inquiry.channel == "event":
            way = f"Was at {inquiry.source or 'an event'}"
            asked = [f"{question} {said}" for question, said in visit_answers(inquiry)]
            notes = asked + notes
    notes.append(row.value)
    if not row.flag:
        why = (inquiry.invalid_reason if inquiry else "").replace("_", " ") or "not valid"
        return _m("hollow", plain=f"{way}: {why}, so it counts for nothing", after=" · ".join(notes), milli=0)
    tone = "strong" if row.value == "active" else "hollow"
    said, whole = (inquiry.message, inquiry.transcript) if inquiry else ("", "")
    if len(" · ".join(asked)) > SHOWN_ANSWERS:
        whole = "\n".join(asked)
    return _m(tone, strong=way, said=said, after=" · ".join(notes), whole=whole)


SHOWN_ANSWERS = 240  # letters; a longer survey is there to be unfolded
AT_THE_BOOTH = ("Staff at the booth", "Badge")


def visit_answers(inquiry: Inquiry) -> list[tuple[str, str]]:
    """What was asked at the booth and said, in the words of both."""
    counted = {name for item in ITEMS for name in (item, f"{item}_words")}
    return [(question, said) for question, said in inquiry.answers.items()
            if question not in counted and question not in AT_THE_BOOTH]


def _content(row, names):
    times = f", {row.quantity} steps" if (row.quantity or 1) > 1 else ""
    if row.flag:
        return _m("hollow", plain=f"A machine opened {names.content(row.code)}{times}. Not counted", milli=0)
    return _m("strong", strong=f"Took {names.content(row.code)}", plain=times)


def _page(row, names):
    times = f", {row.quantity} times" if (row.quantity or 1) > 1 else ""
    if row.flag:
        return _m("hollow", plain=f"A machine looked at {row.code.replace('_', ' ')} pages. Not counted", milli=0)
    where = "our" if row.code in ("", "other") else row.code.replace("_", " ")
    return _m(plain=f"Looked at {where} pages{times}", after=names.pages.get((row.person_id, row.happened_at), ""))


def _clicked(row, names):
    if not row.flag:
        words = f"A click in {names.mail(row.code)} that may be a mail scanner’s. Not counted"
        return _m("hollow", plain=words, milli=0)
    return _m("strong", strong="Followed a link", plain=f" in {names.mail(row.code)}")


def _bounced(row, names):
    words = f"Our mail {names.mail(row.code)} came back, {'for good' if row.flag else 'for now'}"
    return _m("against" if row.flag else "hollow", plain=words)


def _called(row, names):
    minutes = f", {row.quantity} min" if row.quantity else ""
    note = names.notes.get((row.person_id, row.recorded_at), "")
    who = names.user(row.by_id)
    tone = "strong" if row.code == "spoke" else "hollow"
    result = "" if row.code == "spoke" else f": {RESULTS.get(row.code, row.code)}"
    return _m(tone, strong=f"{who} called", plain=f"{minutes}{result}", after=note)


def _touch(row, names):
    tone = "strong" if row.value in ("spoke", "met", "replied") else "hollow"
    note = names.notes.get((row.person_id, row.recorded_at), "")
    result = RESULTS.get(row.value, row.value.replace("_", " "))
    return _m(tone, strong=f"{row.code.capitalize()} by {names.user(row.by_id)}", plain=f": {result}", after=note)


def _answered(row, names):
    given = names.answers.get(row.pk) or names.answers.get((row.inquiry_id, row.code))
    by = f" to {names.user(given.by_id)}" if given is not None and given.by_id else ""
    after = f"{SOURCES.get(row.source, row.source)}{by}"
    if row.source == "event" and (visit := names.inquiries.get(row.inquiry_id)) and visit.source:
        after = f"at {visit.source}"
    if row.value == "unknown":
        return _m("hollow", plain=f"{row.code.capitalize()}: taken back", after=after)
    return _m("strong", strong=f"{row.code.capitalize()}: {row.value}", said=given.quote if given else "", after=after)


def _replied(row, names):
    said = names.notes.get((row.person_id, row.recorded_at), "")
    if not row.code:
        return _m("strong", strong="Wrote to us", said=said)
    return _m("strong", strong="Answered our mail", plain=f" {names.mail(row.code)}", said=said)


def _met(row, names):
    minutes = f", {row.quantity} min" if row.quantity else ""
    visit = names.inquiries.get(row.inquiry_id)
    if visit is not None and not row.by_id:
        staff = visit.answers.get("Staff at the booth") or "us"
        return _m("strong", strong=f"Talked with {staff}", plain=minutes, after=f"at {visit.source or 'an event'}")
    return _m("strong", strong=f"Met {names.user(row.by_id)}", plain=minutes)


def _handoff(row, names):
    return _m("strong", strong=f"{names.user(row.by_id)} handed it off", plain=f" to {names.user(row.other_id)}")


def _response(row, names):
    why = f": {names.reasons.get(row.code, row.code.replace('_', ' '))}" if row.code else ""
    who = names.user(row.by_id)
    return _m("strong" if row.value == "accepted" else "against", strong=f"{who} {row.value} it", plain=why)


def _disposed(row, names):
    words = {
        "nurture": "put them to nurture", "qualified": "confirmed the qualification",
        "disqualified": "disqualified them", "reopened": "reopened it",
    }  # fmt: skip
    why = f": {names.reasons.get(row.code, row.code.replace('_', ' '))}" if row.code else ""
    tone = "against" if row.value == "disqualified" else "plain"
    what = f"{names.user(row.by_id)} {words.get(row.value, row.value)}"
    return _m(tone, strong=what, plain=why, after="for good" if row.flag else "")


def _recycled(row, names):
    clause = f", {row.code} failed" if row.code else ""
    until = f", again from {row.until_at:%-d %B %Y}" if row.until_at else ""
    why = names.reasons.get(row.value, row.value.replace("_", " "))
    return _m("against", strong="Recycled", plain=f"{clause}{until}", after=why)


def _opportunity(row, names):
    amount = f", {row.amount_cents / 100:,.0f}" if row.amount_cents is not None else ""
    return _m("strong", strong="Opportunity", plain=f" {row.code.replace('_', ' ')}{amount}")


def _won(row, names):
    amount = f", {row.amount_cents / 100:,.0f}" if row.amount_cents is not None else ""
    return _m("strong", strong="Won", plain=amount)


_WORDS = {
    "inquiry": _inquiry,
    "content_taken": _content,
    "page_seen": _page,
    "mail_sent": lambda row, names: _m(plain=f"We sent {names.mail(row.code)}"),
    "mail_clicked": _clicked,
    "mail_bounced": _bounced,
    "mail_replied": _replied,
    "called": _called,
    "met": lambda row, names: _met(row, names),
    "touch": _touch,
    "answered": _answered,
    "key_account_set": lambda row, names: _m(
        plain="Put on the list of key accounts" if row.flag else "Taken off the list of key accounts"
    ),
    "moved_account": lambda row, names: _m("strong", strong="Moved to another account"),
    "assigned": lambda row, names: _m(plain=f"Belongs to {names.user(row.other_id) if row.other_id else 'nobody'} now"),
    "handoff": _handoff,
    "response": _response,
    "disposition": _disposed,
    "recycled": _recycled,
    "opportunity_moved": _opportunity,
    "won": _won,
    "lost": lambda row, names: _m(
        "against", strong="Lost", plain=f": {row.code.replace('_', ' ')}" if row.code else ""
    ),
    "merged": lambda row, names: _m(plain="Found to be the same as another record, and merged"),
    "unmerged": lambda row, names: _m(plain="Taken apart again: the merge was a mistake"),
    "consented": lambda row, names: _m(
        plain=f"{'Agreed to' if row.flag else 'Took back the consent to'} {row.code.replace('_', ' ')}"
    ),
    "opted_out": lambda row, names: _m("against", strong="Wants no more mail"),
    "phase_set": lambda row, names: _m(plain=f"{names.user(row.by_id)} set the phase to {row.code}"),
    "withdrawn": lambda row, names: _m("hollow", plain="A record was a mistake and no longer counts", milli=0),
}


# -- what things are called ------------------------------------------------------------------------------------------
def _names(rows: list[FactRow], person: Person | None) -> _Names:
    def of(*kinds):
        return [row for row in rows if row.kind in kinds]

    names = _Names(person.pk if person is not None else 0)
    users = {row.by_id for row in rows} | {row.other_id for row in of("handoff", "assigned")}
    if seen := of("page_seen"):
        views = PageView.objects.filter(
            person_id__in={row.person_id for row in seen}, at__in={row.happened_at for row in seen}
        )
        names.pages = {(one.person_id, one.at): f"{one.host}{one.path}" for one in views}
    asked = [row.inquiry_id for row in of("inquiry", "met", "answered") if row.inquiry_id]
    inquiries = Inquiry.objects.filter(pk__in=asked)
    names.inquiries = {one.pk: one for one in inquiries}
    campaigns = {one.campaign_id for one in names.inquiries.values()} - {None}
    said = of("answered")
    answers = Answer.objects.filter(
        Q(fact_id__in=[row.pk for row in said]) | Q(inquiry_id__in={row.inquiry_id for row in said} - {None})
    ) if said else []  # fmt: skip
    names.answers = {one.fact_id or (one.inquiry_id, one.item): one for one in answers}
    users |= {one.by_id for one in names.answers.values()}
    names.users = _called_by(User.objects.filter(pk__in=users - {None, 0}), "name") if users - {None, 0} else {}
    if campaigns:
        names.campaigns = _called_by(Campaign.objects.filter(pk__in=campaigns), "name")
    if codes := {row.code for row in of("content_taken")}:
        names.contents = _called_by(Content.objects.filter(code__in=codes), "title", "code")
    if codes := {row.code for row in of("mail_sent", "mail_clicked", "mail_replied", "mail_bounced")}:
        names.tips = _called_by(Tip.objects.filter(code__in=codes), "subject", "code")
    if talks := of("called", "touch"):
        touches = Touch.objects.filter(
            person_id__in={row.person_id for row in talks}, done_at__in={row.recorded_at for row in talks}
        )
        names.notes = {(one.person_id, one.done_at): one.note for one in touches}
    if mails := of("mail_replied"):
        written = IncomingMail.objects.filter(
            person_id__in={row.person_id for row in mails}, received_at__in={row.recorded_at for row in mails}
        )
        names.notes |= {(one.person_id, one.received_at): one.text for one in written.defer("raw")}
    if others := {row.person_id for row in rows} - {names.person, None}:
        names.people = {one.pk: one.name for one in Person.objects.filter(pk__in=others)}
        if person is not None:
            for number in same_person(person):
                names.people.pop(number, None)
    if of("response", "recycled", "disposition"):
        in_force = Definition.in_force()
        names.reasons = {one.code: one.says for one in in_force.policy.reasons} if in_force else {}
    return names


def _called_by(rows, name: str, key: str = "pk") -> dict:
    return dict(rows.values_list(key, name))
