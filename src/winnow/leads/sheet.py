"""The BANTFO sheet: each item with the level that counts, the evidence behind it, and what contradicts it."""

from dataclasses import dataclass
from datetime import datetime

from winnow.leads.cycle import Answer
from winnow.leads.definition import Definition
from winnow.leads.fact import minute, moment
from winnow.leads.person import Person
from winnow.leads.story import SOURCES
from winnow.policy.facts import ITEMS
from winnow.policy.fold import Fold
from winnow.policy.judge import Verdict, meets


@dataclass(frozen=True)
class Sheet:
    """One item of BANTFO: the level that counts, the evidence it rests on, and what contradicts it."""

    item: str
    level: str
    asked: str = ""
    short: bool = False
    said_at: datetime | None = None
    source: str = ""
    quote: str = ""
    who: str = ""
    to: str = ""
    conflicts: tuple[str, ...] = ()
    expired: tuple[str, ...] = ()
    computed: tuple[tuple[str, bool | None], ...] = ()
    answer_id: int | None = None


def sheet_of(fold: Fold, person: Person, verdict: Verdict, evidence: dict, definition: Definition) -> list[Sheet]:
    """The six items in order, each with the evidence that it rests on. `evidence` is what `policy.explain` gives."""
    answers = Answer.objects.filter(account_id=person.account_id, withdrawn_at=None)
    kept = list(answers.select_related("by", "person", "inquiry").order_by("-said_at", "-pk")[:100])
    rows = []
    for item, level in zip(ITEMS, verdict.levels, strict=True):
        clause = definition.policy.clause(item)
        asked = clause.asked or ""
        short = item in verdict.unmet
        if item == "fit":
            rows.append(_fit(fold, verdict, definition, short))
            continue
        since = fold.accounts[verdict.account].since.get(item, -1) if verdict.account in fold.accounts else -1
        live = [one for one in evidence[item] if not one["expired"] and one["level"] != "unknown"]
        best = next((one for one in _trusted(live, definition) if one["level"] == level), None)
        given = _answer_behind(kept, item, best)
        others = [one for one in live if one is not best and one["level"] != level and level != "unknown"]
        rows.append(
            Sheet(
                item=item, level=level, asked=asked, short=short,
                said_at=moment(best["happened"]) if best else None,
                source=_heard(best, given) if best else "",
                quote=given.quote if given else "",
                who=str(given.person) if given else "",
                to=str(given.by) if given and given.by else "",
                conflicts=tuple(_conflict(one, kept, item) for one in others),
                expired=tuple(
                    f"{one['level']}, {_by(one['source'])}, {moment(one['happened']):%-d %b %Y}"
                    for one in evidence[item] if one["expired"] and one["level"] != "unknown"
                )[:2] + (("asked again since it failed",) if since >= 0 and level == "unknown" else ()),
                answer_id=given.pk if given else None,
            )
        )
    return rows


def _heard(best: dict, given: Answer | None) -> str:
    """How it was heard; an event by its name."""
    if best["source"] == "event" and given and given.inquiry and given.inquiry.source:
        return f"at {given.inquiry.source}"
    return _by(best["source"])


def _by(source: str) -> str:
    name = source.partition(":")[0]
    return SOURCES.get(name, name)


def _trusted(live: list[dict], definition: Definition) -> list[dict]:
    trust = definition.policy.trust
    rank = {name: number for number, name in enumerate(trust)}
    return sorted(live, key=lambda one: (rank.get(one["source"].partition(":")[0], len(trust)), -one["happened"]))


def _answer_behind(kept: list[Answer], item: str, best: dict | None) -> Answer | None:
    if best is None:
        return None
    source = best["source"].partition(":")[0]
    for one in kept:
        if one.item == item and one.source == source and minute(one.said_at) == best["happened"]:
            return one
    return None


def _conflict(one: dict, kept: list[Answer], item: str) -> str:
    given = _answer_behind(kept, item, one)
    words = f"{one['level']}, {_by(one['source'])} on {moment(one['happened']):%-d %b}"
    return f"{words}: “{given.quote}”" if given and given.quote else words


def _fit(fold: Fold, verdict: Verdict, definition: Definition, short: bool) -> Sheet:
    account = fold.accounts.get(verdict.account)
    person = fold.people.get(verdict.person)
    computed = []
    if account is not None and person is not None:
        for one in definition.policy.criteria:
            computed.append((one.says or one.attribute, meets(one, person.attrs if one.of_person else account.attrs)))
    return Sheet(
        item="fit", level=verdict.levels[4], asked=f"grade {definition.policy.asked_grade}", short=short,
        computed=tuple(computed),
    )  # fmt: skip
