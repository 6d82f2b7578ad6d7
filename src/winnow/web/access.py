"""The only way from a URL to an object, and what is said to whoever may not pass.

A foreign object is not there (404): nobody learns by trying numbers what exists. A verb that somebody's role doesn't
have is refused in words (403), with who can do it. What was merged leads to what it is now, for ever.
"""

from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from winnow.leads import rights
from winnow.leads.account import Account
from winnow.leads.audit import AuditEntry
from winnow.leads.campaign import Campaign
from winnow.leads.cycle import Cycle
from winnow.leads.definition import Definition
from winnow.leads.errors import Refusal
from winnow.leads.event import Event
from winnow.leads.imports import Import
from winnow.leads.inquiry import Arrival, Inquiry
from winnow.leads.interview import Interview
from winnow.leads.lead import Handoff, Lead, Touch
from winnow.leads.mailbox import IncomingMail
from winnow.leads.meeting import Promise, Review, ReviewLine
from winnow.leads.merging import Merge
from winnow.leads.message import Enrolment, Message, Programme, Tip
from winnow.leads.opportunity import Opportunity
from winnow.leads.person import Person
from winnow.leads.remark import Remark
from winnow.leads.user import User

NAMES_SHOWN = 4


class Forbidden(PermissionDenied):
    """A verb that this user's role doesn't have: `thing`, `reason` and `ways` are what the page says."""

    def __init__(self, thing: str, reason: str, ways: tuple = ()):
        super().__init__(thing)
        self.thing, self.reason, self.ways = thing, reason, ways


class Moved(Exception):
    """What was asked for was merged into something else; `refusals` leads there."""

    def __init__(self, before: int, after: int):
        super().__init__(f"{before} is {after} now")
        self.before, self.after = before, after


# -- from a URL to an object -----------------------------------------------------------------------------------------
def get_person_for(user, number: int) -> Person:
    """The person of that number. Http404 when there is none for this user, Moved when it was merged."""
    return _current(user, Person.objects.select_related("account", "owner"), number)


def get_account_for(user, number: int) -> Account:
    """The account of that number. Http404 when there is none for this user, Moved when it was merged."""
    return _current(user, Account.objects.select_related("owner", "parent"), number)


def get_lead_for(user, number: int) -> Lead:
    """The lead of that number, with its account, person and definition."""
    return _one(rights.leads_visible_to(user).select_related("account", "person", "definition"), number)


def get_handoff_for(user, number: int) -> Handoff:
    """The handoff of that number, with its lead and rep."""
    rows = rights.handoffs_visible_to(user)
    return _one(rows.select_related("lead__account", "lead__person", "lead__definition", "rep", "given_by"), number)


def get_opportunity_for(user, number: int) -> Opportunity:
    """The opportunity of that number, with its lead."""
    return _one(rights.opportunities_visible_to(user).select_related("lead", "account", "person", "owner"), number)


def get_cycle_for(user, number: int) -> Cycle:
    """The cycle of that number, with its person."""
    return _one(rights.cycles_visible_to(user).select_related("person__account", "lead"), number)


def get_touch_for(user, number: int) -> Touch:
    """The planned or made contact of that number, with its person."""
    return _one(rights.touches_visible_to(user).select_related("person__account", "cycle", "rep"), number)


def get_inquiry_for(user, number: int) -> Inquiry:
    """The inquiry of that number, with its person."""
    return _one(rights.inquiries_visible_to(user).select_related("person__account", "campaign"), number)


def get_campaign_for(user, number: int) -> Campaign:
    """The campaign of that number."""
    return _one(rights.campaigns_visible_to(user), number)


def get_interview_for(user, number: int) -> Interview:
    """The interview of that number, with its script and person."""
    return _one(rights.interviews_visible_to(user).select_related("person__account", "script"), number)


def get_event_for(user, number: int) -> Event:
    """The event of that number, with its campaign."""
    return _one(rights.events_visible_to(user).select_related("campaign"), number)


def get_programme_for(user, number: int) -> Programme:
    """The nurture plan of that number."""
    return _one(rights.programmes_visible_to(user), number)


def get_tip_for(user, number: int) -> Tip:
    """The mail of a nurture plan of that number, with its plan."""
    return _one(rights.tips_visible_to(user).select_related("programme", "content"), number)


def get_enrolment_for(user, number: int) -> Enrolment:
    """The place in a nurture plan of that number, with its person."""
    return _one(rights.enrolments_visible_to(user).select_related("person__account", "programme", "cycle"), number)


def get_incoming_mail_for(user, number: int) -> IncomingMail:
    """The mail that came in of that number."""
    return _one(rights.incoming_mails_visible_to(user).select_related("person__account", "message__tip"), number)


def get_message_for(user, number: int) -> Message:
    """The mail of that number, with its person."""
    return _one(rights.messages_visible_to(user).select_related("person__account", "tip"), number)


def get_merge_for(user, number: int) -> Merge:
    """The merge of that number."""
    return _one(rights.merges_visible_to(user), number)


def get_import_for(user, number: int) -> Import:
    """The run of the importer of that number."""
    return _one(rights.imports_visible_to(user), number)


def get_arrival_for(user, number: int) -> Arrival:
    """The raw arrival of that number."""
    return _one(rights.arrivals_visible_to(user), number)


def get_review_for(user, number: int) -> Review:
    """The weekly review of that number."""
    return _one(rights.reviews_visible_to(user), number)


def get_review_line_for(user, number: int) -> ReviewLine:
    """The line of a review of that number."""
    return _one(rights.review_lines_visible_to(user).select_related("cycle__person__account", "rep"), number)


def get_promise_for(user, number: int) -> Promise:
    """What was promised in a review, by its number."""
    return _one(rights.promises_visible_to(user), number)


def get_user_for(user, number: int) -> User:
    """Somebody of the firm, by number."""
    return _one(rights.users_visible_to(user), number)


def get_definition_for(user, version: int) -> Definition:
    """The definition of that version number: everybody in the firm may read what both sides signed."""
    return _found(Definition.objects.filter(number=version).first() if rights.role_of(user) else None)


def get_remark_for(user, number: int) -> Remark:
    """A comment or objection on a clause: everybody in the firm may read them."""
    there = Remark.objects.select_related("by", "definition")
    return _one(there if rights.role_of(user) else there.none(), number)


def _one(rows, number: int):
    return _found(rows.filter(pk=number).first())


def _found(row):
    if row is None:
        raise Http404
    return row


def _current(user, rows, number: int):
    asked = _found(rows.filter(pk=number).first())
    found = asked.now_is()
    if not rights.visible(user, found):
        raise Http404
    if found.pk != number:
        raise Moved(number, found.pk)
    return found


# -- who may pass ----------------------------------------------------------------------------------------------------
def signed_in(view):
    """Only for people who are logged in; anybody else is led to log in and back here."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not rights.role_of(request.user):
            return to_login(request)
        return view(request, *args, **kwargs)

    guarded.needs = ()
    return guarded


def allowed(verb: str, *others: str):
    """Only for people whose role has the verb (or one of the others). What is asked of an object is up to `require`."""
    verbs = (verb, *others)

    def decorator(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if not rights.role_of(request.user):
                return to_login(request)
            if not any(rights.may(request.user, one) for one in verbs):
                raise refused(request.user, verb)
            return view(request, *args, **kwargs)

        guarded.needs = verbs
        return guarded

    return decorator


def require(user, verb: str, obj=None, what: str = "") -> None:
    """Go on only if they may do it to this object; else Forbidden says why and who can."""
    if not rights.may(user, verb, obj):
        raise refused(user, verb, obj, what)


def to_login(request):
    """The log-in page, which leads back here; htmx loads it as a page of its own."""
    here = request.get_full_path() if request.method in ("GET", "HEAD") else request.headers.get("Referer", "/")
    answer = redirect_to_login(here if here.startswith("/") else "/")
    if request.headers.get("HX-Request"):
        answer.status_code = 401
        answer["HX-Redirect"] = answer["Location"]
        del answer["Location"]
    return answer


def refused(user, verb: str, obj=None, what: str = "") -> Forbidden:
    """The refusal of a verb: what it is about, whose it is, and who can do it."""
    role = user.get_role_display().lower() if hasattr(user, "get_role_display") else "a key"
    owner = _holder(obj)
    if owner is not None and owner != user and rights.may(user, verb):
        thing = f"{what or str(obj)[:1].upper() + str(obj)[1:]} is with {owner}."
        others = _names(verb, owner, "a sales manager")
        reason = f"You can {verb} what is with you. {owner} can do this, and so can {others}."
        return Forbidden(thing, reason)
    thing = f"You are {'' if role == 'a key' else 'here as '}{role}, and that role can’t {verb}."
    if verb in ("sign", "withdraw"):
        thing = "You have no right to sign for marketing or sales."
    return Forbidden(thing, f"{_names(verb, None, 'Nobody yet')} can. An administrator gives roles and rights.")


def _holder(obj):
    """Whose this is, when it is somebody's."""
    if isinstance(obj, Handoff | Touch):
        return obj.rep
    if isinstance(obj, Lead):
        held = obj.open_handoff
        return held.rep if held else None
    return getattr(obj, "owner", None)


def _names(verb: str, without, nobody: str) -> str:
    people = rights.who_may(verb)
    if without is not None:
        people = people.filter(role="manager")
    names = [str(one) for one in people[: NAMES_SHOWN + 1] if one != without]
    if not names:
        return nobody
    if len(names) > NAMES_SHOWN:
        return f"{', '.join(names[:NAMES_SHOWN])} and others"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


# -- what a refusal looks like ---------------------------------------------------------------------------------------
def refusals(get_response):
    """Middleware: a refusal becomes a page or, for htmx, a part of one; a merged number leads on. Never a traceback."""

    def middleware(request):
        return get_response(request)

    def process_exception(request, exception):
        if isinstance(exception, Moved):
            return _moved(request, exception)
        if isinstance(exception, Forbidden):
            return say_no(request, exception.thing, exception.reason, exception.ways, status=403)
        if isinstance(exception, Refusal):
            return say_no(request, str(exception), who_was_first(request), status=409)
        return None

    middleware.process_exception = process_exception
    return middleware


NOUNS = {"person_id": "person", "lead_id": "lead", "handoff_id": "handoff", "opportunity_id": "opportunity"}


def who_was_first(request) -> str:
    """Who decided last about what the address names, for somebody who came second: "Last: Sam, accept, 10:08."."""
    for name, number in (request.resolver_match.kwargs if request.resolver_match else {}).items():
        if name in NOUNS:
            entries = AuditEntry.objects.filter(noun=NOUNS[name], noun_id=number).select_related("by")
            last = entries.order_by("-pk").first()
            if last is not None:
                at, who = timezone.localtime(last.at), last.by or "Winnow"
                return f"Last decided here: {who}, {last.verb}, {at:%-d %B %H:%M}. Nothing was changed now."
    return ""


def say_no(request, thing: str, reason: str = "", ways=(), *, status: int):
    """A refusal as a page of its own; as a part in the place that htmx asked for, above what stood there."""
    context = {"thing": thing, "reason": reason, "ways": ways}
    if request.headers.get("HX-Request"):
        answer = render(request, "winnow/_refusal.html", context, status=409 if status == 403 else status)
        answer["HX-Reswap"] = "afterbegin"
        return answer
    context["reason"] = reason or ("Nothing was changed." if status == 409 else "")
    return render(request, f"{status}.html", context, status=status)


def _moved(request, moved: Moved):
    match = request.resolver_match
    kwargs = {name: moved.after if value == moved.before else value for name, value in match.kwargs.items()}
    place = reverse(match.view_name, kwargs=kwargs)
    if request.META.get("QUERY_STRING"):
        place += f"?{request.META['QUERY_STRING']}"
    answer = HttpResponseRedirect(place)
    # 307 sends what was posted again; neither is permanent, for a merge can be undone.
    answer.status_code = 302 if request.method in ("GET", "HEAD") else 307
    return answer
