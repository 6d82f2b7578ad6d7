"""What each form brings: shown, begun, sent, and what became of those who sent it. Reading only."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

from winnow.funnel import asking
from winnow.funnel.intervals import newcombe, share
from winnow.leads import rights
from winnow.leads.errors import Refusal
from winnow.leads.form import Form
from winnow.leads.formtest import FormTest
from winnow.leads.inquiry import Arrival, Inquiry

SHOWN = ("views", "starts", "sent", "machines")
BECAME = ("came", "valid", "qso", "accepted", "won", "waiting", "confirmed")
NUMBERS = {
    "came": "true", "valid": "c.valid", "invalid": "NOT c.valid", "sent": "c.version IS NOT NULL", "qso": "c.qso",
    "accepted": "c.accepted", "won": "c.won", "waiting": "c.asked_back AND NOT c.confirmed", "confirmed": "c.confirmed",
}
"""Numbers of a form that somebody stands behind, and which inquiries each counts."""

PAGE = 50


def of_all() -> list[Form]:
    """Every form with its `figures`, by title."""
    rows = list(Form.objects.select_related("campaign").order_by("title"))
    found = _figures(rows)
    for row in rows:
        row.figures = _sum(found[row.pk].values())
        row.held = held(row).count()
        row.test = row.tests.filter(ended_at=None).first()
    return rows


def by_version(form: Form) -> dict[int | None, dict]:
    """The figures of each version; None is what came without a showing."""
    return _figures([form])[form.pk]


def held(form: Form):
    """The arrivals of a form that are held back, without those that were sent again since."""
    return Arrival.objects.filter(sender=f"form {form.code}", state="quarantined", arrival=None)


def _figures(forms: list[Form]) -> dict[int, dict]:
    found: dict[int, dict] = defaultdict(dict)
    for row in asking.rows("form_visits", {"forms": [form.pk for form in forms]}):
        mine = found[row["form_id"]].setdefault(row["version"], _nothing())
        for name in SHOWN:
            mine[name] += row[name]
        mine["by_questions"].append(row)
    numbers = {form.code: form.pk for form in forms}
    for row in asking.rows("form_became", {"codes": list(numbers)}, came=_came()):
        mine = found[numbers[row["form"]]].setdefault(row["version"], _nothing())
        for name in BECAME:
            mine[name] += row[name]
    return found


def _came() -> str:
    return asking.sql("form_came").split("\n", 2)[2]


def _nothing() -> dict:
    return {**dict.fromkeys((*SHOWN, *BECAME), 0), "by_questions": []}


def _sum(rows) -> dict:
    total = _nothing()
    for row in rows:
        for name in (*SHOWN, *BECAME):
            total[name] += row[name]
        total["by_questions"] += row["by_questions"]
    return total


# -- one form ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class FormFigures:
    """Everything about one form, or one version of it. Shares are None of nothing."""

    totals: dict
    fields: list[dict]
    lengths: list[dict]
    choices: list[dict]
    held: int
    versions: list[int] = field(default_factory=list)


def of_form(form: Form, version: int | None = None) -> FormFigures:
    """What a form brought, by question and by how many questions stood there; of one version where it is named."""
    found = by_version(form)
    totals = _sum(found.values()) if version is None else found.get(version, _nothing())
    shown = form if version is None else form.as_version(version)
    return FormFigures(
        totals, _fields(form, shown, version), _lengths(totals["by_questions"]), _choices(form, shown, version),
        held(form).count(), sorted(number for number in found if number is not None),
    )  # fmt: skip


def _fields(form: Form, shown: Form, version: int | None) -> list[dict]:
    given = {"form": form.pk, "version": version, "codes": [form.code]}
    counted = {row["field"]: row for row in asking.rows("form_fields", given, came=_came())}
    labels = {one["name"]: one["label"] for one in shown.fields}
    for kept in form.versions.order_by("-number"):  # questions of earlier versions keep their words
        for one in kept.content["fields"]:
            labels.setdefault(one["name"], one["label"])
    order = [one["name"] for one in shown.fields]
    names = [name for name in order if name in counted] + sorted(set(counted) - set(order))
    rows = [counted[name] | {"label": labels.get(name, name)} for name in names]
    for row in rows:
        row["stop_share"] = share(row["left_here"], row["views"])
        row["answer_share"] = share(row["answered"], row["sent"])
    return rows


def _lengths(rows: list[dict]) -> list[dict]:
    """Sent per showing, by how many questions stood there."""
    sums: dict[int, dict] = {}
    for row in rows:
        mine = sums.setdefault(row["questions"], {"questions": row["questions"], "views": 0, "starts": 0, "sent": 0})
        for name in ("views", "starts", "sent"):
            mine[name] += row[name]
    for mine in sums.values():
        mine["share"] = share(mine["sent"], mine["views"])
    return [sums[number] for number in sorted(sums)]


def _choices(form: Form, shown: Form, version: int | None) -> list[dict]:
    """What became of those who gave each answer, for the questions that have answers to choose from."""
    asked = [
        one for one in shown.fields if one["name"].startswith("answers.") and one.get("choices")
    ]
    if not asked:
        return []
    names = [one["name"].removeprefix("answers.") for one in asked]
    given = {"codes": [form.code], "fields": names, "version": version}
    found = asking.rows("form_choices", given, came=_came())
    for row in found:
        row["numbers"] = [("valid", row["came"]), *((name, row[name]) for name in ("qso", "accepted", "won"))]
    return [
        {"label": one["label"], "rows": [row for row in found if row["field"] == name]}
        for one, name in zip(asked, names, strict=True)
    ]


def people(
    user, form: Form, number: str, *, version: int | None = None, field: str = "", said: tuple[str, str] = ("", ""),
    page: int = 1,
) -> dict:  # fmt: skip
    """The inquiries behind one number of a form, as far as the user may see them: of those who answered `field`, or
    gave the answer `said` (question, words). Refusal for an unknown number."""
    if number not in NUMBERS:
        raise Refusal(f"A form has no number {number!r}; there are {', '.join(NUMBERS)}.", code="unknown_dimension")
    given = {
        "codes": [form.code], "version": version, "field": field, "asked": said[0], "said": said[1],
        "limit": PAGE, "offset": min(page - 1, 2000) * PAGE,
    }  # fmt: skip
    found = asking.rows("form_people", given, came=_came(), counts=NUMBERS[number])
    visible = rights.inquiries_visible_to(user).select_related("person__account")
    known = visible.in_bulk([row["id"] for row in found])
    for row in found:
        inquiry: Inquiry | None = known.get(row["id"])
        row["inquiry"], row["person"] = inquiry, inquiry.person.now_is() if inquiry else None
    every = found[0]["all_of_them"] if found else 0
    return {"rows": found, "all": every, "page": page, "pages": max(1, -(-every // PAGE))}


# -- a test of two versions -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Baseline:
    """What is known before a test: of how many showings how many led to a handoff, and how many come a week."""

    views: int
    qso: int
    weekly: float

    @property
    def rate(self) -> float | None:
        """The share of showings that led to a handoff; None while there are none old enough."""
        return self.qso / self.views if self.views else None


def baseline(form: Form, at, window_days: int) -> Baseline:
    """The rate so far, over showings that are old enough to be judged."""
    given = {"form": form.pk, "at": at, "ripe": at - timedelta(days=window_days), "window": window_days}
    row = asking.rows("form_baseline", given)[0]
    return Baseline(row["views"], row["qso"], float(row["weekly"]))


@dataclass(frozen=True)
class TestResult:
    """How far a test is. `more` is the share of B less that of A, within `low` and `high` in 95 of 100 cases
    (Newcombe): None until each version has had all its showings and these are old enough. No outcome is told before.
    """

    __test__ = False

    shown: tuple[int, int]
    ripe: tuple[int, int]
    qso: tuple[int, int] | None = None
    more: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def over(self) -> bool:
        """Whether the size that was said beforehand is reached."""
        return self.more is not None

    @property
    def better(self) -> str:
        """a, b, or nothing where no difference is shown."""
        if not self.over or self.low <= 0 <= self.high:
            return ""
        return "b" if self.low > 0 else "a"


def result_of(test: FormTest, at) -> TestResult:
    """The result, over the first `per_arm` showings of each version; only the counts while it isn't reached."""
    given = {
        "form": test.form_id, "versions": [test.a, test.b], "start": test.started_at, "end": test.ended_at or at,
        "per_arm": test.per_arm, "ripe": at - test.ripe_after, "window": test.window_days,
    }  # fmt: skip
    found = {row["version"]: row for row in asking.rows("form_test", given)}
    a, b = (found.get(number, {"shown": 0, "views": 0, "qso": 0}) for number in (test.a, test.b))
    shown, ripe = (a["shown"], b["shown"]), (a["views"], b["views"])
    if min(ripe) < test.per_arm:
        return TestResult(shown, ripe)
    low, high = newcombe(b["qso"], b["views"], a["qso"], a["views"])
    more = b["qso"] / b["views"] - a["qso"] / a["views"]
    return TestResult(shown, ripe, (a["qso"], b["qso"]), more, low, high)
