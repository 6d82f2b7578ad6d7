"""The register of claims: each built-in or often quoted figure with its source, and the firm's own figure beside it."""

import time
import tomllib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files

from winnow.funnel import asking
from winnow.funnel.intervals import share, wilson
from winnow.leads.clock import now
from winnow.leads.study import Study

NAME = "claims"
EVERY, KEPT = timedelta(hours=6), timedelta(days=2)
QUICK_SECONDS = 1.0
"""What takes longer is not worked out while somebody waits: the page shows what the worker kept."""
ENOUGH = 30
"""Cases from which an own figure is shown (METHOD M20)."""
TRUST = ("verified", "vendor", "unsourced", "folklore")
TRUST_WORDS = {
    "verified": "read in the source, with how it was found out",
    "vendor": "by somebody who sells what it speaks for",
    "unsourced": "nobody can say from what data",
    "folklore": "no source can be found, or it contradicts itself",
}


@dataclass(frozen=True)
class Claim:
    """One figure. `used` is key -> value to begin with; `places` are the pages where it stands; `own` names the SQL
    file that answers it from the firm's own data and `counts` what that counts."""

    code: str
    says: str
    source: str
    trust: str
    found: str
    decision: str
    year: int | None = None
    sample: str = ""
    used: dict[str, int] = field(default_factory=dict)
    places: tuple[str, ...] = ()
    own: str = ""
    counts: str = ""


@dataclass(frozen=True)
class Own:
    """One own figure: so many of so many, and Wilson's interval once there are enough."""

    label: str
    hits: int
    cases: int

    @property
    def enough(self) -> bool:
        """Whether there are so many that a share says something."""
        return self.cases >= ENOUGH

    @property
    def share(self) -> float | None:
        """The share, where there are enough."""
        return share(self.hits, self.cases) if self.enough else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Its interval of 95 %, where there are enough."""
        return wilson(self.hits, self.cases) if self.enough else None


@cache
def register() -> tuple[Claim, ...]:
    """All claims, as the file has them."""
    rows = tomllib.loads(files("winnow.funnel").joinpath("claims.toml").read_text(encoding="utf-8"))["claims"]
    return tuple(Claim(**{**row, "places": tuple(row.get("places", ()))}) for row in rows)


def claim(code: str) -> Claim:
    """The claim of that code; KeyError if there is none."""
    for one in register():
        if one.code == code:
            return one
    raise KeyError(code)


def own_figures(asked) -> dict[str, list[Own]]:
    """What the firm's own data say to each question that a claim asks."""
    return {name: _answered(name, asked) for name in dict.fromkeys(one.own for one in register() if one.own)}


def _answered(name: str, asked) -> list[Own]:
    found = asking.rows(f"claim_{name}", asked.given, rows=asked.reading.table)
    # The number in front of a label only orders them.
    return [Own(row["label"].split(" ", 1)[1] if row["label"][0].isdigit() else row["label"], int(row["hits"] or 0),
                int(row["cases"] or 0)) for row in found]  # fmt: skip


def keep_figures(asked) -> None:
    """Work the own figures out and keep them with the seconds that it took."""
    started, at = time.perf_counter(), now()
    own = {name: [[one.label, one.hits, one.cases] for one in found] for name, found in own_figures(asked).items()}
    result = {"own": own, "seconds": round(time.perf_counter() - started, 3)}
    Study.objects.filter(name=NAME, finished_at__lt=at - KEPT).delete()
    Study.objects.create(name=NAME, asked_at=at, started_at=at, beat_at=at, finished_at=at, result=result)


def is_due() -> bool:
    """Whether the kept figures are hours old."""
    last = Study.newest(NAME)
    return last is None or last.finished_at < now() - EVERY


def kept_figures() -> tuple[dict[str, list[Own]], datetime] | None:
    """The kept figures and of when they are, where it would take long to work them out again; else None."""
    last = Study.newest(NAME)
    if last is None or last.result["seconds"] < QUICK_SECONDS:
        return None
    return {name: [Own(*one) for one in found] for name, found in last.result["own"].items()}, last.finished_at


def claims(asked) -> tuple[list[dict], dict, list[dict]]:
    """One row per claim and own figure; a claim without one has a row of its own."""
    own, rows = own_figures(asked), []
    for one in register():
        about = {
            "claim": one.code, "says": one.says, "trust": one.trust, "source": one.source,
            "year": str(one.year or "") or None, "sample": one.sample,
            "used": "; ".join(f"{key} = {value}" for key, value in one.used.items()),
        }  # fmt: skip
        for figure in own.get(one.own) or [None]:
            rows.append(about | _figure(figure, one))
    few = sum(row["cases"] is not None and row["cases"] < ENOUGH for row in rows)
    warnings = []
    if few:
        text = f"{few} own figures rest on fewer than {ENOUGH} cases and show no share"
        warnings.append({"code": "too_few", "text": text, "rows": few})
    totals = {"claims": len(register())} | {
        trust: sum(one.trust == trust for one in register()) for trust in TRUST
    }
    return rows, totals, warnings


def _figure(figure: Own | None, one: Claim) -> dict:
    if figure is None:
        return dict.fromkeys(("own", "hits", "cases", "share", "low", "high"))
    low, high = figure.interval or (None, None)
    return {
        "own": f"{figure.label}: {one.counts}", "hits": figure.hits, "cases": figure.cases, "share": figure.share,
        "low": low, "high": high,
    }  # fmt: skip
