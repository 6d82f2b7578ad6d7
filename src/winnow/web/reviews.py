"""The weekly lead review: preparing it, the room, and its minutes."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from winnow.leads import rights
from winnow.leads.bench import now_milli
from winnow.leads.clock import now
from winnow.leads.cycle import Cycle
from winnow.leads.definition import Definition
from winnow.leads.errors import Refusal
from winnow.leads.meeting import Promise, Review, ReviewLine
from winnow.leads.standing import PersonStanding
from winnow.leads.story import RESULTS, story
from winnow.leads.touch import Touch
from winnow.leads.user import User
from winnow.policy.facts import ITEMS
from winnow.review import meeting
from winnow.review.audit import findings
from winnow.studies.holding import questions
from winnow.web import hygiene, toasts, wording
from winnow.web.access import allowed, get_promise_for, get_review_for, get_review_line_for, signed_in
from winnow.web.onward import onward
from winnow.web.portrait import first_words
from winnow.web.review_forms import PromiseForm, end_of, endings_of
from winnow.web.working import KINDS

LINE_SECONDS = 120
STORY = 3
ATTENDING = ("marketing", "development", "rep", "manager")


@dataclass
class Part:
    """One rep's part of a review: the lines in their order, and how many have an end."""

    rep: User | None
    lines: list[ReviewLine] = field(default_factory=list)

    @property
    def done(self) -> int:
        """Lines that have an end."""
        return sum(bool(line.outcome) for line in self.lines)


# -- preparing -------------------------------------------------------------------------------------------------------
@signed_in
@require_GET
def review(request):
    """What the next review will be about, what was promised in the last one, and what the audit asks."""
    at, user = now(), request.user
    meeting.settle_promises(at=at)
    running = meeting.current()
    last = meeting.before(running, at)
    shown = {
        "running": running, "last": last, "kept": meeting.kept_in(last), "earlier": meeting.kept_in(_earlier(last)),
        "promises": _promises(last, user), "findings": findings(user=user, examples=0), "at": at, "process": "review",
        "may_run": rights.may(user, "run reviews"), "may_attend": rights.may(user, "attend reviews"),
        "asked": questions() if rights.may(user, "see reports") else (),
    }  # fmt: skip
    if running is not None:
        shown["parts"] = parts_of(running, user)
        shown["total"], shown["done"] = _count(running)
    else:
        shown["parts"] = _agenda(at, user)
        shown["total"] = sum(len(part.lines) for part in shown["parts"])
    return render(request, "review/review.html", shown)


def _earlier(review: Review | None) -> Review | None:
    return meeting.before(review) if review else None


def _agenda(at, user) -> list[Part]:
    """The agenda to come as it would be now; a rep sees the own part."""
    items = meeting.agenda(at)
    if not rights.sees_all(user):
        items = [item for item in items if item.rep_id == user.pk]
    cycles = Cycle.objects.select_related("person__account", "lead").in_bulk([item.cycle_id for item in items])
    reps = User.objects.in_bulk({item.rep_id for item in items})
    found: dict[int, Part] = {}
    for item in items:
        line = ReviewLine(cycle=cycles[item.cycle_id], rep=reps[item.rep_id], urgency=item.urgency)
        found.setdefault(item.rep_id, Part(reps[item.rep_id])).lines.append(line)
    return sorted(found.values(), key=lambda part: part.rep.name)


def parts_of(review: Review, user) -> list[Part]:
    """The lines of a review by rep, as far as this user sees them."""
    rows = rights.review_lines_visible_to(user).filter(review=review)
    found: dict[int | None, Part] = {}
    for line in rows.select_related("cycle__person__account", "cycle__lead", "rep", "closed_by").order_by("position"):
        line.review = review
        found.setdefault(line.rep_id, Part(line.rep)).lines.append(line)
    return sorted(found.values(), key=lambda part: part.rep.name if part.rep else "")


def _count(review: Review) -> tuple[int, int]:
    found = review.lines.aggregate(all=Count("pk"), done=Count("pk", filter=~Q(outcome="")))
    return found["all"], found["done"]


def _promises(review: Review | None, user) -> list[Promise]:
    if review is None:
        return []
    rows = rights.promises_visible_to(user).filter(review=review)
    return list(rows.select_related("by", "cycle__person").order_by("due_at", "pk"))


# -- the minutes -----------------------------------------------------------------------------------------------------
@signed_in
@require_http_methods(["GET", "POST"])
def reviews(request):
    """Past reviews; a POST opens the next one."""
    if request.method == "POST":
        return _begin(request)
    rows = rights.reviews_visible_to(request.user).select_related("led_by").order_by("-started_at")[:52]
    for row in rows:
        row.total, row.done = _count(row)
        row.left = row.lines.filter(outcome="not_covered").count()
        row.kept = meeting.kept_in(row)
    return render(request, "review/reviews.html", {"rows": rows, "process": "review"})


@allowed("run reviews")
def _begin(request):
    made = meeting.start(request.user)
    return onward(request, reverse("review-room", args=[made.pk]))


@signed_in
@require_GET
def minutes(request, review_id):
    """What a review came to: each line with its end, what was promised, who was there."""
    found = get_review_for(request.user, review_id)
    shown = {
        "review": found, "parts": parts_of(found, request.user), "promises": _promises(found, request.user),
        "present": found.present.order_by("name"), "kept": meeting.kept_in(found), "process": "review",
        "may_run": rights.may(request.user, "run reviews"), "may_attend": rights.may(request.user, "attend reviews"),
    }  # fmt: skip
    shown["total"], shown["done"] = _count(found)
    shown["left"] = shown["total"] - shown["done"]
    return render(request, "review/minutes.html", shown)


@allowed("run reviews")
@require_POST
def closing(request, review_id):
    """Close it; with `carry_over` what is left is marked as not covered, else open lines are named and nothing is."""
    found = get_review_for(request.user, review_id)
    try:
        meeting.close(found, request.user, carry_over=request.POST.get("carry_over") == "1")
    except meeting.LinesOpen as open_lines:
        toasts.refuse(request, str(open_lines))
    else:
        toasts.tell(request, f"The {found} is closed; its minutes stay as they are.")
    return onward(request, reverse("review-minutes", args=[found.pk]))


@allowed("run reviews")
@require_http_methods(["GET", "POST"])
def attendance(request, review_id):
    """Who is here."""
    found = get_review_for(request.user, review_id)
    people = User.objects.filter(is_active=True, role__in=ATTENDING).order_by("name")
    here = set(found.present.values_list("pk", flat=True))
    if request.method == "POST":
        wanted = {int(number) for number in request.POST.getlist("present") if number.isdigit()}
        for user in people:
            if (user.pk in wanted) != (user.pk in here):
                meeting.attend(found, user, there=user.pk in wanted)
        return onward(request, reverse("review-room" if not found.closed_at else "review-minutes", args=[found.pk]))
    shown = {"review": found, "people": people, "here": here, "process": "review"}
    return render(request, "review/attendance.html", shown)


# -- the room --------------------------------------------------------------------------------------------------------
@allowed("attend reviews")
@require_GET
def room(request, review_id):
    """To the line whose turn it is: the first open one, of the rep asked for if that is said."""
    found = get_review_for(request.user, review_id)
    if found.closed_at is None:
        meeting.settle_ended(found)
    rows = rights.review_lines_visible_to(request.user).filter(review=found).order_by("position")
    rep = request.GET.get("rep", "")
    if rep.isdigit():
        rows = rows.filter(rep_id=min(int(rep), 2**62))
    line = rows.filter(outcome="").first() or rows.first()
    if line is None or (found.closed_at is not None and not rep):
        return onward(request, reverse("review-minutes", args=[found.pk]))
    return onward(request, reverse("review-line", args=[line.pk]))


@allowed("attend reviews")
@require_GET
def review_line(request, line_id):
    """One lead in the room: what is known, what was promised, how the line ends."""
    line = get_review_line_for(request.user, line_id)
    return _room(request, line)


def _room(request, line, *, ending=None, form=None, status=200, refusal=""):
    at, user, person, lead = now(), request.user, line.cycle.person, line.cycle.lead
    found = line.review
    parts = parts_of(found, user)
    mine = next(part for part in parts if part.rep == line.rep)
    place = next(n for n, one in enumerate(mine.lines) if one.pk == line.pk)
    everything = [one for part in parts for one in part.lines]
    order = next(n for n, one in enumerate(everything) if one.pk == line.pk)
    standing = PersonStanding.objects.filter(person=person).first()
    levels = list(standing.levels) if standing else ["unknown"] * 6
    held = lead.handoffs.order_by("-pk").first()
    touches = Touch.objects.filter(cycle=line.cycle)
    last = meeting.before(found)
    shown = {
        "review": found, "line": line, "person": person, "lead": lead, "at": at, "parts": parts, "mine": mine,
        "number": place + 1, "levels": levels, "standing": standing, "handoff": held,
        "milli": now_milli(standing, Definition.in_force(), at) if standing else None,
        "touches": Touch.made_in(line.cycle).count(), "asked_touches": lead.definition.policy.touches,
        "last_touch": touches.exclude(done_at=None).order_by("-done_at").first(),
        "planned": touches.filter(done_at=None, cancelled_at=None).first(),
        "deal": lead.opportunities.filter(outcome="open").first(),
        "vow": Promise.objects.filter(cycle=line.cycle, review__started_at__lt=found.started_at).select_related("by")
        .order_by("-due_at").first(),
        "short": _short(line, held), "days": (at - held.given_at).days if held else 0,
        "ask": first_words(person, levels), "lack": _lacking(levels),
        "endings": endings_of(line), "ending": ending, "form": form, "refusal": refusal,
        "previous": everything[order - 1] if order else None,
        "following": everything[order + 1] if order + 1 < len(everything) else None,
        "next_rep": _next_rep(parts, mine), "present": found.present.order_by("name"),
        "last": last, "kept": meeting.kept_in(last), "earlier": meeting.kept_in(_earlier(last)),
        "promises": _promises(last, user), "today": _promises(found, user), "seconds": LINE_SECONDS,
        "may_run": rights.may(user, "run reviews") and found.closed_at is None,
        "promise_form": _promise_form(request, line) if found.closed_at is None else None,
    }  # fmt: skip
    return render(request, "review/room.html", shown, status=status)


@dataclass(frozen=True)
class Said:
    """One line of what happened lately, and what was said."""

    at: datetime
    words: str
    said: str = ""


def _short(line: ReviewLine, held) -> list[Said]:
    """What sales did about it last, oldest first; while sales did nothing, what the person did."""
    found = []
    if held is not None and held.response == "accepted":
        minutes = int((held.responded_at - held.given_at).total_seconds() // 60)
        found.append(Said(held.responded_at, f"Accepted, {wording.span(minutes)} after the handoff"))
    for touch in Touch.objects.filter(cycle=line.cycle).exclude(done_at=None).order_by("-done_at")[:STORY]:
        words = dict(KINDS)[touch.kind]
        found.append(Said(touch.done_at, f"{words}, {RESULTS.get(touch.result, touch.result)}", touch.note))
    if len(found) < 2:
        moments = story(line.cycle.person, limit=STORY)
        found = [Said(one.at, f"{one.strong}{one.plain}", one.said) for one in moments]
    return sorted(found, key=lambda one: one.at)[-STORY:]


def _lacking(levels: list[str]) -> str:
    """The one answer of budget, authority, need and timing that is missing, when it is one."""
    lacking = [item for item, level in zip(ITEMS[:4], levels, strict=False) if level in ("unknown", "no")]
    return lacking[0] if len(lacking) == 1 else ""


def _next_rep(parts: list[Part], mine: Part) -> User | None:
    """Who comes after this rep: the next with open lines, round to the beginning."""
    here = parts.index(mine)
    return next((part.rep for part in parts[here + 1 :] + parts[:here] if part.done < len(part.lines)), None)


@allowed("run reviews")
@require_http_methods(["GET", "POST"])
def line_ending(request, line_id):
    """The form of one ending, and its POST: the verb is done and the next line comes."""
    line = get_review_line_for(request.user, line_id)
    asked = request.POST.get("ending") or request.GET.get("ending", "")
    ending = next((one for one in endings_of(line) if one.name == asked), None)
    if ending is None:
        return _room(request, line, status=200 if request.method == "GET" else 422)
    form = ending.form(request.POST if request.method == "POST" else None, line=line)
    refusal, status = "", 200
    if request.method == "POST":
        if not form.is_valid():
            status = 422
        else:
            outcome = form.cleaned_data["how"] if ending.name == "deal" else ending.name
            try:
                meeting.close_line(line, outcome, by=request.user, **form.said())
            except Refusal as no:
                refusal, status = str(no), 409
            else:
                toasts.tell(request, f"{line.cycle.person}: {ending_words(line)}.")
                return onward(request, _after(line))
    if request.headers.get("HX-Request"):
        shown = {"line": line, "ending": ending, "form": form, "refusal": refusal, "endings": endings_of(line)}
        return render(request, "review/_ending.html", shown | {"may_run": True}, status=status)
    return _room(request, line, ending=ending, form=form, status=status, refusal=refusal)


def _after(line: ReviewLine) -> str:
    """The next open line of the rep, else the next rep's first, else the minutes."""
    rows = line.review.lines.filter(outcome="").order_by("position")
    following = rows.filter(rep=line.rep).first() or rows.filter(position__gt=line.position).first() or rows.first()
    if following is None:
        return reverse("review-minutes", args=[line.review_id])
    return reverse("review-line", args=[following.pk])


def ending_words(line: ReviewLine) -> str:
    """How a line ended, in few words: "next step on 20 March"."""
    said = line.ending
    if line.next_at is None:
        return said
    local = timezone.localtime(line.next_at)
    day = f"{local.day} {wording.MONTHS[local.month - 1]}"
    return f"recycled until {day}" if line.outcome == "recycled" else f"{said}, {day}"


# -- promises --------------------------------------------------------------------------------------------------------
def _promise_form(request, line, data=None) -> PromiseForm:
    form = PromiseForm(data, initial={"by": line.rep_id if line else request.user.pk, "about": line is not None})
    people = User.objects.filter(is_active=True, role__in=ATTENDING).order_by("name")
    if not rights.may(request.user, "run reviews"):
        people = people.filter(pk=request.user.pk)
    form.fields["by"].queryset = people
    if line is None:
        del form.fields["about"]
    return form


@allowed("promise")
@require_http_methods(["GET", "POST"])
def promises(request, review_id):
    """Somebody promises something. Whoever leads the review writes it down for anybody, others for themselves."""
    found = get_review_for(request.user, review_id)
    number = request.POST.get("line") or request.GET.get("line", "")
    line = get_review_line_for(request.user, min(int(number), 2**62)) if number.isdigit() else None
    form = _promise_form(request, line, request.POST if request.method == "POST" else None)
    back = reverse("review-line", args=[line.pk]) if line else reverse("review-minutes", args=[found.pk])
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        about = line if line is not None and said.get("about") and line.review_id == found.pk else None
        made = meeting.promise(found, by=said["by"], text=said["text"], due_at=end_of(said["due_on"]), line=about)
        toasts.tell(request, f"{made.by} promised that, until {made.due_at:%-d %B}.")
        return onward(request, back)
    shown = {"review": found, "form": form, "line": line, "back": back, "process": "review"}
    return render(request, "review/promise.html", shown, status=422 if form.errors else 200)


@allowed("promise")
@require_POST
def keeping(request, promise_id):
    """Who promised it says that it is done."""
    given = get_promise_for(request.user, promise_id)
    meeting.keep(given, by=request.user)
    toasts.tell(request, f"Kept: {given}.")
    return onward(request, reverse("review"))


urlpatterns = [
    path("review/", review, name="review"),
    path("review/minutes/", reviews, name="reviews"),
    path("review/<int:review_id>/", minutes, name="review-minutes"),
    path("review/<int:review_id>/closing/", closing, name="review-closing"),
    path("review/<int:review_id>/attendance/", attendance, name="review-attendance"),
    path("review/<int:review_id>/promises/", promises, name="review-promises"),
    path("review/<int:review_id>/room/", room, name="review-room"),
    path("review/lines/<int:line_id>/", review_line, name="review-line"),
    path("review/lines/<int:line_id>/ending/", line_ending, name="review-line-ending"),
    path("review/promises/<int:promise_id>/keeping/", keeping, name="promise-keeping"),
    *hygiene.urlpatterns,
]
