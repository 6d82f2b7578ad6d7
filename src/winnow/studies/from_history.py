"""A lead definition learned from this firm's own outcomes, proposed as a draft and set against the rules in force.

    found = learn_from_history({"aim": "won", "days": 14}, base, tell)

`aim` won: of those whose cycle began, who was won within so many days, judged by what was known `days` after it began.
`aim` accepted: of the leads that were handed over, which sales took, judged by what was known at the handoff.
Validation is in the order of time alone, and on the later part three are compared at what sales can take: the score of
the rules in force, that of the draft as the policy itself judges it, and the card that it comes from.
"""

from collections import Counter
from datetime import timedelta

import numpy as np

from winnow.leads.account import Account
from winnow.leads.clock import now
from winnow.leads.definition import Definition
from winnow.leads.errors import Refusal
from winnow.leads.fact import minute
from winnow.leads.study import Study
from winnow.policy import definition as policy
from winnow.policy.definition import DAY
from winnow.studies.asking import rows as asked_rows
from winnow.studies.carding import card_of
from winnow.studies.columns import Readers, gather
from winnow.studies.judged import judge, wilson
from winnow.studies.known import ACTIONS, ITEMS, NO, YES, Entry, seen, table
from winnow.studies.learned import NAME
from winnow.studies.proposing import AS_IT_IS, gates, proposed, threshold
from winnow.studies.scorecard import FEWEST, Wanted, learn

COUNTS = ("inquiries", "others engaged")
MOST_ENTRIES, MOST_TRIED = 60_000, 5_000
LATE_WINS = 0.95
SHORTEST = 30
USUAL_SHARE, LEAST_SHARE, MOST_SHARE = 0.1, 0.01, 0.5
AGAINST_SENSE = "who did it wins less often, and more of it must never be worse"
TRIES, SEED = 400, 20_060_101
OF_ACCEPTED = (
    ("wins from losses", "accepted leads from rejected ones"), (" won and ", " accepted and "),
    (" lost:", " rejected:"),
)  # fmt: skip
SURE = 0.8
"""In so many periods of the same kind the draft has to pass more wins than the rules in force."""


def run_asked() -> int:
    """Take up a study that somebody asked for and finish it; for the worker. How many were done."""
    study = Study.take(NAME)
    if study is None:
        return 0
    base = Definition.objects.get(pk=study.asked["base"])
    try:
        study.finish(learn_from_history(study.asked, base, study.tell))
    except Refusal as refusal:
        study.finish(None, failed=str(refusal))
    except Exception as error:
        study.finish(None, failed=f"Unforeseen trouble, told in the log: {type(error).__name__}")
        raise
    return 1


def learn_from_history(asked: dict, base: Definition, tell=lambda done, total: None) -> dict:
    """The whole account, as one JSON document: what a plain file's scorecard says, and beside it `compared`,
    `capacity`, `levels`, `proposal`, `may_propose` and `why_not`."""
    at = now()
    entries, about = _won(asked["days"], at) if asked["aim"] == "won" else _accepted()
    found = list(seen(entries, [base.policy], tell))
    found.sort(key=lambda one: (one.entry.at, one.entry.number))
    names, cells = table(found)
    about |= {
        "aim": asked["aim"], "days": asked["days"], "entries": len(found), "base": base.number,
        "base_in_force": base.in_force_from is not None, "as_of": at.isoformat(),
        "claimed_share": round(sum(one.claimed for one in found) / len(found), 4) if found else 0.0,
        "levels": _levels(found), "shares": _shares(names, cells), "compared": [], "proposal": None,
    }  # fmt: skip
    if len({one.entry.won for one in found}) < 2:
        wins = sum(one.entry.won for one in found)
        about |= {"wins": wins, "losses": len(found) - wins, "verdict": "too_few"}
        return about | _refused(about, "Too few outcomes to learn from.")
    about |= _capacity(found, at)
    learned = _sensible(gather(names, cells, Readers()), about["capacity"]["share"])
    said = _plain_words(learned.said, asked["aim"])
    about |= said | {"losses": said["rows_used"] - said["wins"]}
    if learned.card is None:
        return about | _refused(about, said["says"])
    return about | _compared(learned, found, base, about, tell)


# -- what is learned from --------------------------------------------------------------------------------------------
def _won(days: int, at) -> tuple[list[Entry], dict]:
    """Cycles that were old enough to be won, and not decided before they are judged."""
    cycles = asked_rows("cycles")
    took = [(closed - opened).days for _, _, _, opened, stage, closed in cycles if stage == "won" and closed]
    horizon = max(SHORTEST, days + 1, int(np.quantile(took, LATE_WINS)) + 1 if took else SHORTEST)
    left = Counter()
    homes, entries = _homes(), []
    for number, person, account, opened, stage, closed in cycles:
        judged = opened + (timedelta(days=days) if days else timedelta(hours=1))
        if opened > at - timedelta(days=horizon):
            left["too_young"] += 1
        elif closed is not None and closed <= judged:
            left["decided_before"] += 1
        else:
            won = stage == "won" and closed <= opened + timedelta(days=horizon)
            entries.append(Entry(number, person, _home(homes, account), minute(judged), won))
    return entries[-MOST_ENTRIES:], {"horizon_days": horizon, "left_out": dict(left)}


def _accepted() -> tuple[list[Entry], dict]:
    """Handoffs that sales has answered."""
    homes = _homes()
    entries = [
        Entry(number, person, _home(homes, account), minute(given), response == "accepted")
        for number, person, account, given, response in asked_rows("answers")
    ]
    return entries[-MOST_ENTRIES:], {"horizon_days": None, "left_out": {}}


def _homes() -> dict[int, int]:
    merged = Account.objects.exclude(merged_into=None)
    return dict(merged.values_list("id", "merged_into"))


def _home(homes, account) -> int:
    while account in homes:
        account = homes[account]
    return account


def _capacity(found, at) -> dict:
    """How large a share of the entries sales can take: by how many each rep holds at once and for how long."""
    hands, stays, left = asked_rows("capacity", {"since": at - timedelta(days=365)})[0]
    late = found[-max(1, len(found) // 4) :]
    weeks = max(1.0, (late[-1].entry.at - late[0].entry.at) / (7 * DAY))
    each_week = len(late) / weeks
    if hands and left >= 20 and stays:
        week, how = hands * 7 / stays, f"{hands} leads in all hands, each for {stays:.0f} days"
        share = min(max(week / each_week, LEAST_SHARE), MOST_SHARE)
    else:
        share, how = USUAL_SHARE, "the best tenth, as fewer than 20 leads have left a rep's hands within a year"
    return {"capacity": {
        "share": round(share, 4), "a_week": round(share * each_week, 1), "come_a_week": round(each_week, 1), "how": how,
    }}  # fmt: skip


def _levels(found) -> list[dict]:
    """What each answer of BANTFO went along with. The definition asks for them by itself, so they get no points."""
    told = []
    for item in ITEMS:
        for level in ("yes", "partly", "no", "unknown"):
            these = [one.entry.won for one in found if (one.levels.get(item) or "unknown") == level]
            if these:
                told.append({"item": item, "level": level, **_share_of(sum(these), len(these))})
    return told


def _shares(names, cells) -> list[dict]:
    """How often each value was won, without any judgement: what can be shown of few."""
    told = []
    for place, name in enumerate(names[:-2]):
        if name in ("employees", "inquiries", "others engaged"):
            continue
        cases, wins = Counter(), Counter()
        for row in cells:
            cases[row[place]] += 1
            wins[row[place]] += row[-1] == "1"
        for value, count in cases.most_common(8) if len(cases) > 1 else ():
            told.append({"column": name, "value": value, **_share_of(wins[value], count)})
    return told


def _share_of(wins, cases) -> dict:
    low, high = wilson(wins, cases)
    return {"wins": wins, "cases": cases, "share": round(wins / cases, 4), "low": round(low, 4), "high": round(high, 4)}


def _sensible(gathered, share):
    """Learn; and again without the personal talks that would have to count against somebody: more of them must never
    be worse."""
    wanted = Wanted(positive=["1"], order="moment", capacity=share, senses=dict.fromkeys(COUNTS, 1))
    while True:
        learned = learn(gathered, "outcome", wanted)
        wrong = [
            banding.column for banding, points in zip(learned.card.bandings, learned.card.points, strict=True)
            if banding.column in ACTIONS.values()
            and points[banding.band_of.get(YES, -1)] < points[banding.band_of.get(NO, -1)]
        ] if learned.card else []  # fmt: skip
        if not wrong:
            for one in learned.said["not_used"]:
                one["why"] = AGAINST_SENSE if one["column"] in wanted.ignore else one["why"]
            return learned
        wanted.ignore += wrong


def _plain_words(said, aim) -> dict:
    """The account without what only a file has, in the words of the aim."""
    for before, after in OF_ACCEPTED if aim == "accepted" else ():
        said["says"] = said["says"].replace(before, after)
    for name in ("outcome", "order", "thinned", "open", "rows"):
        said.pop(name, None)
    return said


# -- against the rules in force --------------------------------------------------------------------------------------
def _compared(learned, found, base, about, tell) -> dict:
    """The draft of the earlier part judged on the later, beside the rules in force and the card; then that of all."""
    cut, share = learned.cut, about["capacity"]["share"]
    won = learned.outcome.won[learned.places].astype(float)
    gate = _best_gate(learned.usable, won[:cut], found[:cut], base.document, share, tell)
    early, then = _draft_of(learned.usable, won, cut, base.document, gate)
    whole = proposed(learned.card, learned.said["not_used"], base.document, gate)
    drafts = [policy.parse(then.document), policy.parse(whole.document)]
    late = found[cut:]
    stood = {one.entry.number: one.stood for one in seen([one.entry for one in late], drafts, tell)}
    later = {one.name: one.of(slice(cut, len(won))) for one in learned.usable}
    ranks = {
        "the rules in force" if base.in_force_from else f"draft {base.number}": [one.stood[0].rank for one in late],
        "the learned draft": [stood[one.entry.number][0].rank for one in late],
        "the card itself": early.sums(later, len(late)),
    }  # fmt: skip
    told = [_judged(name, np.asarray(rank, float), won[cut:], share) for name, rank in ranks.items()]
    today, learned_ranks = (np.asarray(rank, float) for rank in list(ranks.values())[:2])
    more = _more_caught(today, learned_ranks, won[cut:], share)
    asked, fitting = threshold([stood[one.entry.number][1] for one in late], share)
    whole.put("score|asked", asked, f"the best {share:.0%} of {len(late):,}; {fitting:,} of them fit at all")
    better = more["odds"] >= SURE
    why_not = ""
    if about["verdict"] != "useful":
        why_not = "No better than guessing: nothing that was known beforehand tells who is won."
    elif about["wins"] < FEWEST:
        why_not = f"Only {about['wins']:,} wins: at least {FEWEST} are asked for before points are replaced."
    elif not better:
        why_not = "On the later part it passes no more wins than the rules in force, or hardly, at what sales can take."
    proposal = {"document": whole.document, "changes": whole.changes}
    policy.parse(whole.document)
    return {
        "compared": told, "more_caught": more, "better": better, "proposal": proposal, "may_propose": not why_not,
        "why_not": why_not,
    }  # fmt: skip


def _draft_of(columns, won, cut, document, gate=AS_IT_IS):
    """The card of the rows before `cut`, and what it makes of the document."""
    card, why = card_of([one.of(slice(0, cut)) for one in columns], won[:cut], dict.fromkeys(COUNTS, 1))
    return card, proposed(card, [{"column": name, "why": text} for name, text in why.items()], document, gate)


def _best_gate(columns, won, found, document, share, tell):
    """What becomes of fit so that most wins pass at what sales can take: learned from the first two thirds of the
    earlier rows, judged on the others. What is judged later never has a say in it."""
    cut = len(won) * 2 // 3
    card, _ = _draft_of(columns, won, cut, document)
    tries, late = gates(card), found[cut:][-MOST_TRIED:]
    drafts = [policy.parse(_draft_of(columns, won, cut, document, gate)[1].document) for gate in tries]
    came = np.array([one.entry.won for one in late], float)
    if len(tries) < 2 or not came.any():
        return tries[0]
    stood = {one.entry.number: one.stood for one in seen([one.entry for one in late], drafts, tell)}
    caught = [
        _caught(np.array([stood[one.entry.number][place].rank for one in late], float), came, share)
        for place in range(len(tries))
    ]
    return tries[int(np.argmax(caught))]


def _judged(name, ranks, won, share) -> dict:
    found = judge(np.unique(ranks, return_inverse=True)[1], np.full(len(won), won.mean()), won, 0.5, share)
    here = next(one for one in found.by_capacity if abs(one["taken"] - share) < 1e-9)
    low, high = found.intervals["auc"]
    return {
        "name": name, "auc": round(found.auc, 4), "auc_low": round(low, 4), "auc_high": round(high, 4),
        "lift": round(here["lift"], 3), "won": round(here["won"], 4), "wins_caught": round(here["wins_caught"], 4),
    }  # fmt: skip


def _more_caught(today, learned, won, share) -> dict:
    """How many more of a hundred wins the learned draft would have passed than the rules in force, taking as many; 90
    of 100 such periods lie between `low` and `high`, and in `odds` of them it is more (paired bootstrap)."""
    draw = np.random.default_rng(SEED)
    told = [_difference(today, learned, won, share)]
    for _ in range(TRIES):
        rows = draw.integers(0, len(won), len(won))
        if won[rows].any():
            told.append(_difference(today[rows], learned[rows], won[rows], share))
    low, high = np.quantile(told[1:], (0.05, 0.95))
    figures = {"per_hundred": told[0], "low": low, "high": high}
    odds = float(np.mean(np.array(told[1:]) > 0))
    return {name: round(100 * float(value), 1) for name, value in figures.items()} | {"odds": round(odds, 3)}


def _difference(today, learned, won, share) -> float:
    return _caught(learned, won, share) - _caught(today, won, share)


def _caught(ranks, won, share) -> float:
    """The share of wins among the best; of equal ranks at the border, a share."""
    room = share * len(won)
    order = np.argsort(-ranks, kind="stable")
    border = ranks[order[min(int(np.ceil(room)) - 1, len(won) - 1)]]
    above, level = ranks > border, ranks == border
    part = (room - above.sum()) / level.sum()
    return float((won[above].sum() + part * won[level].sum()) / won.sum())


def _refused(about, says) -> dict:
    lack = f"{about['wins']:,} and {about['losses']:,}: at least {FEWEST} of each are asked for"
    return {"says": says, "may_propose": False, "why_not": f"Too few outcomes ({lack})."}
