"""The words of a file beside ours: which values stand in a column whose field has a fixed list, and what they mean."""

from collections import Counter
from itertools import islice

from winnow.intake.fields import YES_OR_NO, plain
from winnow.intake.kinds import BOOLEANS, MISSING
from winnow.intake.suggesting import channel_of
from winnow.leads.openings import IMPORTED_WAY
from winnow.leads.titles import judge
from winnow.policy.facts import CHANNELS, INTERESTS, SENIORITIES

ROWS_READ = 200_000
"""So many rows are looked through for words; what comes behind them is told by the import itself."""
MOST_WORDS = 60
STAGES = ("new", *IMPORTED_WAY)
_WORDS = {
    "channel": CHANNELS, "interest": INTERESTS, "seniority": SENIORITIES, "stage": STAGES, "disposition": STAGES,
    **dict.fromkeys(YES_OR_NO, ("yes", "no")),
}  # fmt: skip
_PARTS = {
    "won": ("closed won", "won", "converted", "customer", "gewonnen", "gagne", "ganado", "signed"),
    "lost": ("closed lost", "lost", "verloren", "perdu", "perdido"),
    "disqualified": ("junk", "spam", "not interested", "unqualified", "disqualified", "invalid", "kein interesse"),
    "opportunity": ("opportunity", "proposal", "quote", "negotiation", "angebot", "offre", "oferta"),
    "recycled": ("long term", "later", "spaeter", "wiedervorlage", "recycled"),
    "handed_off": ("handed off", "assigned", "uebergeben"),
    "accepted": ("accepted", "working", "progress", "potential", "contacted", "in bearbeitung", "qualified"),
    "nurturing": ("nurtur", "enquiry", "not responding", "mql", "warm", "cold"),
    "new": ("new", "open", "fresh", "neu", "offen", "nouveau", "nuevo"),
}
"""Asked in this order: `unqualified` before `qualified`, `closed lost` before `closed`."""


def words_for(kind: str, field: str) -> tuple[str, ...]:
    """Our words for a field; empty where any text will do."""
    if field in ("stage", "disposition") and kind != "inquiries":
        return ()
    return _WORDS.get(field, ())


def meaning(field: str, text: str) -> str:
    """Our word that a text most likely means; empty when it says none."""
    bare = plain(text)
    word = bare.replace(" ", "_")
    if field in YES_OR_NO:
        found = BOOLEANS.get(text.casefold())
        return "" if found is None else "yes" if found else "no"
    if word in _WORDS.get(field, ()):
        return word
    if field == "channel":
        return channel_of(text)
    if field == "interest":
        return "passive" if bare in ("passiv", "bought", "purchased", "list", "gekauft") else ""
    if field == "seniority":
        return judge(text).seniority
    if field in ("stage", "disposition"):
        return next((stage for stage, parts in _PARTS.items() if any(part in bare for part in parts)), "")
    return ""


def values_in(table, wanted: dict[str, int]) -> dict[str, list[tuple[str, int]]]:
    """Field -> its values with how often they stand in the column at that place, the most frequent first."""
    counts = {field: Counter() for field in wanted}
    for row in islice(table.rows(), ROWS_READ) if wanted else ():
        if row.problem:
            continue
        for field, place in wanted.items():
            text = row.values[place].strip()
            if text not in MISSING and len(text) <= 200 and (text in counts[field] or len(counts[field]) < 5000):
                counts[field][text] += 1
    return {field: found.most_common(MOST_WORDS) for field, found in counts.items() if found}
