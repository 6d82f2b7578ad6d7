"""Who sees what and who may do what. Everything that isn't said here is denied.

Two halves: querysets `…_visible_to(who)` say what is there for somebody, `may(who, verb, obj)` what they may do.
`who` is a User, an ApiKey (which has a role and owns nothing) or anybody not logged in (who sees nothing). Views come
to objects through `web.access` alone, which asks here.
"""

from django.db.models import Q, QuerySet

from winnow.leads.account import Account
from winnow.leads.apikey import ApiKey
from winnow.leads.campaign import Campaign
from winnow.leads.clock import now
from winnow.leads.cycle import Answer, Cycle
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
from winnow.leads.user import ROLES, User

SEES_ALL = ("marketing", "development", "manager", "executive", "admin")
DESK = ("marketing", "development", "manager")  # who sorts, nurtures and hands off
HEADS = ("marketing", "manager")  # who answers for one side of the process

VERBS: dict[str, tuple[str, ...]] = {
    # qualify
    "sort": DESK,
    "answer": (*DESK, "rep"),
    "call": (*DESK, "rep"),
    "dispose": DESK,
    "set phase": (*DESK, "rep"),
    "assign": DESK,
    "merge": DESK,
    "look up": (*DESK, "rep"),
    "erase": ("marketing", "manager", "admin"),
    # hand off
    "hand off": DESK,
    "recall": DESK,
    "respond": ("rep", "manager"),
    "work": ("rep", "manager"),
    # agree
    "draft": HEADS,
    "remark": (*DESK, "rep"),
    "sign": ("marketing", "development", "rep", "manager", "admin"),
    "withdraw": ("marketing", "development", "rep", "manager", "admin"),
    "back-test": (*HEADS, "executive"),
    # attract, capture, nurture
    "manage campaigns": HEADS,
    "manage content": HEADS,
    "manage forms": HEADS,
    "manage hooks": (*HEADS, "admin"),
    "manage scripts": HEADS,
    "manage programmes": HEADS,
    "enrol": DESK,
    "send": DESK,
    "record inquiries": (*DESK, "rep"),
    "import": (*DESK, "admin"),
    "undo imports": ("marketing", "manager", "admin"),
    "repair rows": (*DESK, "admin"),
    "judge inquiries": DESK,
    # review, measure, assess
    "run reviews": ("manager",),
    "attend reviews": ("marketing", "development", "rep", "manager"),
    "promise": ("marketing", "development", "rep", "manager"),
    "see hygiene": (*SEES_ALL, "rep"),
    "repair hygiene": (*DESK, "rep"),
    "see gaming": (*HEADS, "executive"),
    "see figures": (*SEES_ALL, "rep"),
    "see reports": SEES_ALL,
    "see costs": (*HEADS, "executive"),
    "export": SEES_ALL,
    "run studies": (*HEADS, "executive", "admin"),
    "assess": HEADS,
    "see assessments": SEES_ALL,
    # people of the firm
    "manage users": ("admin",),
    "manage keys": ("admin",),
    "see audit trail": ("manager", "executive", "admin"),
    "manage settings": ("admin",),
}
"""Every verb and the roles that may do it at all. An object may narrow it further: see `may`."""

SIGNER = ("draft", "remark", "sign", "withdraw", "back-test")
CHANGES_NOTHING = "executive"


# -- who somebody is -------------------------------------------------------------------------------------------------
def role_of(who) -> str:
    """The role of a user or key that is live; empty for anybody else, and so without any right."""
    if isinstance(who, ApiKey):
        over = who.expires_at is not None and who.expires_at <= now()
        return "" if who.revoked_at is not None or over else who.role
    if isinstance(who, User) and who.is_active:
        return who.role if who.role in ROLES else ""
    return ""


def sees_all(who) -> bool:
    """Whether every record is there for them. A rep sees own ones, anybody else none."""
    return role_of(who) in SEES_ALL


def _own(who) -> bool:
    return role_of(who) == "rep" and isinstance(who, User)


# -- what is there ---------------------------------------------------------------------------------------------------
def _all_or(who, everything: QuerySet, own) -> QuerySet:
    if sees_all(who):
        return everything
    return own(everything) if _own(who) else everything.none()


def _accounts_of(user):
    """Ids of the accounts that a rep has something to do with: by owning it, somebody in it, a handoff or a deal.

    A union and not one OR: each arm has its index, however many accounts there are.
    """
    given = Handoff.objects.filter(rep=user).exclude(response="recalled")
    still = given.filter(Q(ended_at=None) | ~Q(response=""))
    return (
        Account.objects.filter(owner=user).values("pk").union(
            Person.objects.filter(owner=user, merged_into=None).values("account_id"),
            still.values("lead__account_id"),
            Opportunity.objects.filter(owner=user).values("account_id"),
        )
    )  # fmt: skip


def accounts_visible_to(who) -> QuerySet[Account]:
    """Accounts; those merged away are not among them (`web.access` follows them to what they are now)."""
    there = Account.objects.filter(merged_into=None, voided_at=None)
    return _all_or(who, there, lambda rows: rows.filter(pk__in=_accounts_of(who)))


def people_visible_to(who) -> QuerySet[Person]:
    """People, without those merged away. A rep sees the whole buying group of an account of theirs."""
    there = Person.objects.filter(merged_into=None, voided_at=None)
    return _all_or(who, there, lambda rows: rows.filter(account__in=_accounts_of(who)))


def merges_visible_to(who) -> QuerySet[Merge]:
    """What was said to be one; for who sees every record."""
    return Merge.objects.all() if sees_all(who) else Merge.objects.none()


def cycles_visible_to(who) -> QuerySet[Cycle]:
    """Trips through the funnel of visible people."""
    return _all_or(
        who, Cycle.objects.all(), lambda rows: rows.filter(person__account__in=_accounts_of(who))
    )


def leads_visible_to(who) -> QuerySet[Lead]:
    """Leads; a rep's are those handed to them, of people they own, or of accounts they own."""
    return _all_or(who, Lead.objects.all(), lambda rows: rows.filter(pk__in=_leads_of(who)))


def _leads_of(user):
    return (
        Handoff.objects.filter(rep=user).exclude(response="recalled").values("lead_id").union(
            Lead.objects.filter(account__owner=user).values("pk"),
            Lead.objects.filter(person__owner=user).values("pk"),
        )
    )  # fmt: skip


def handoffs_visible_to(who) -> QuerySet[Handoff]:
    """Handoffs; a rep's are those given to them and not recalled."""
    return _all_or(
        who, Handoff.objects.all(), lambda rows: rows.filter(rep=who).exclude(response="recalled")
    )


def opportunities_visible_to(who) -> QuerySet[Opportunity]:
    """Opportunities; a rep's are those they own, or of an account they own."""
    there = Opportunity.objects.filter(voided_at=None)
    return _all_or(who, there, lambda rows: rows.filter(Q(owner=who) | Q(account__owner=who)))


def touches_visible_to(who) -> QuerySet[Touch]:
    """Contacts with visible people."""
    return _all_or(
        who, Touch.objects.all(), lambda rows: rows.filter(person__account__in=_accounts_of(who))
    )


def answers_visible_to(who) -> QuerySet[Answer]:
    """Answers of BANTFO that visible accounts gave."""
    return _all_or(who, Answer.objects.all(), lambda rows: rows.filter(account__in=_accounts_of(who)))


def inquiries_visible_to(who) -> QuerySet[Inquiry]:
    """Inquiries of visible people."""
    there = Inquiry.objects.filter(voided_at=None)
    return _all_or(who, there, lambda rows: rows.filter(person__account__in=_accounts_of(who)))


def messages_visible_to(who) -> QuerySet[Message]:
    """Mails to visible people; a rep also sees what was written to themselves."""
    return _all_or(
        who, Message.objects.all(),
        lambda rows: rows.filter(Q(user=who) | Q(person__account__in=_accounts_of(who))),
    )  # fmt: skip


def incoming_mails_visible_to(who) -> QuerySet[IncomingMail]:
    """Mails that came in; a rep's are those of visible people, and nobody's are for who sees every record."""
    return _all_or(
        who, IncomingMail.objects.all(), lambda rows: rows.filter(person__account__in=_accounts_of(who))
    )


def enrolments_visible_to(who) -> QuerySet[Enrolment]:
    """Places of visible people in programmes."""
    return _all_or(
        who, Enrolment.objects.all(), lambda rows: rows.filter(person__account__in=_accounts_of(who))
    )


def campaigns_visible_to(who) -> QuerySet[Campaign]:
    """Campaigns, for everybody in the firm; their costs need `may(who, "see costs")`."""
    return Campaign.objects.all() if role_of(who) else Campaign.objects.none()


def interviews_visible_to(who) -> QuerySet[Interview]:
    """Interviews with visible people."""
    return _all_or(
        who, Interview.objects.all(), lambda rows: rows.filter(person__account__in=_accounts_of(who))
    )


def events_visible_to(who) -> QuerySet[Event]:
    """Events, for everybody in the firm; whom they brought is narrowed as people are."""
    return Event.objects.all() if role_of(who) else Event.objects.none()


def programmes_visible_to(who) -> QuerySet[Programme]:
    """Nurture plans, for everybody in the firm."""
    return Programme.objects.all() if role_of(who) else Programme.objects.none()


def tips_visible_to(who) -> QuerySet[Tip]:
    """The mails of nurture plans, for everybody in the firm."""
    return Tip.objects.all() if role_of(who) else Tip.objects.none()


def reviews_visible_to(who) -> QuerySet[Review]:
    """Weekly reviews, for everybody in the firm; their lines are narrowed by `review_lines_visible_to`."""
    return Review.objects.all() if role_of(who) else Review.objects.none()


def review_lines_visible_to(who) -> QuerySet[ReviewLine]:
    """Lines of the review; a rep's are those about their own leads."""
    return _all_or(who, ReviewLine.objects.all(), lambda rows: rows.filter(rep=who))


def promises_visible_to(who) -> QuerySet[Promise]:
    """What was promised in reviews; a rep sees own promises."""
    return _all_or(who, Promise.objects.all(), lambda rows: rows.filter(by=who))


def imports_visible_to(who) -> QuerySet[Import]:
    """Runs of the importer: whoever sees every record, for a file may hold anybody."""
    return Import.objects.all() if sees_all(who) else Import.objects.none()


def arrivals_visible_to(who) -> QuerySet[Arrival]:
    """Raw arrivals: whoever sees every record."""
    return Arrival.objects.all() if sees_all(who) else Arrival.objects.none()


def users_visible_to(who) -> QuerySet[User]:
    """The people of the firm know each other."""
    return User.objects.all() if role_of(who) else User.objects.none()


VISIBLE = {
    Account: accounts_visible_to,
    Answer: answers_visible_to,
    Arrival: arrivals_visible_to,
    Campaign: campaigns_visible_to,
    Cycle: cycles_visible_to,
    Enrolment: enrolments_visible_to,
    Event: events_visible_to,
    Handoff: handoffs_visible_to,
    Import: imports_visible_to,
    IncomingMail: incoming_mails_visible_to,
    Inquiry: inquiries_visible_to,
    Interview: interviews_visible_to,
    Lead: leads_visible_to,
    Message: messages_visible_to,
    Opportunity: opportunities_visible_to,
    Person: people_visible_to,
    Programme: programmes_visible_to,
    Promise: promises_visible_to,
    Review: reviews_visible_to,
    ReviewLine: review_lines_visible_to,
    Tip: tips_visible_to,
    Touch: touches_visible_to,
    User: users_visible_to,
}
"""Each noun that somebody may look at, and the queryset that says who."""


def visible(who, obj) -> bool:
    """Whether this very object is there for them. What has no entry in VISIBLE is there for nobody."""
    rows = VISIBLE.get(obj.__class__)  # request.user is a lazy object of another type
    return rows is not None and rows(who).filter(pk=obj.pk).exists()


# -- what may be done ------------------------------------------------------------------------------------------------
def may(who, verb: str, obj=None) -> bool:
    """Whether they may do that at all, and, with an object, to that object.

    An unknown verb is denied. An object that they don't see is denied. A rep answers and works only what is with
    them; signing needs the flag `may_sign_for`, which carries the right to draft too, and never helps an executive.
    """
    role = role_of(who)
    if not role or verb not in VERBS:
        return False
    if verb in SIGNER and role != CHANGES_NOTHING and getattr(who, "may_sign_for", ""):
        allowed = True
    elif verb in ("sign", "withdraw"):
        allowed = False
    else:
        allowed = role in VERBS[verb]
    if not allowed or obj is None:
        return allowed
    if obj.__class__ in VISIBLE and not visible(who, obj):
        return False
    return _narrowed(who, role, verb, obj)


def _narrowed(who, role: str, verb: str, obj) -> bool:
    """What the object adds for a rep: a handoff is answered by whom it was given to, a lead worked by who has it."""
    if role != "rep" or not isinstance(who, User):
        return True
    if verb == "respond" and isinstance(obj, Handoff):
        return obj.rep_id == who.pk
    if verb == "work":
        if isinstance(obj, Lead):
            newest = obj.handoffs.exclude(response="recalled").order_by("-pk").first()
            return newest is not None and newest.rep_id == who.pk
        if isinstance(obj, Opportunity):
            return obj.owner_id == who.pk
        if isinstance(obj, Handoff | Touch):
            return obj.rep_id == who.pk
    return True


def who_may(verb: str) -> QuerySet[User]:
    """The live users who may do it, for a refusal that names the way out."""
    if verb in ("sign", "withdraw"):
        signers = User.objects.exclude(may_sign_for="").exclude(role=CHANGES_NOTHING)
        return signers.filter(is_active=True).order_by("name")
    return User.objects.filter(is_active=True, role__in=VERBS.get(verb, ())).order_by("name")


def roles_that_may(verb: str) -> list[str]:
    """The roles that may, as people call them, in the order of the list of roles."""
    return [name for role, name in ROLES.items() if role in VERBS.get(verb, ())]
