"""Whether a filled-in form looks like a machine's work. Evidence is added up as points; from HOLD on a post is held
back, with the reasons in words, for a person to look at. Nothing is dropped, and nobody is told.

Single signs weigh little, but for what no person does. What many posts share (a text, a sender's network, the way of
filling in) weighs by how many they are. While there are many posts the doubtful ones wait for a moment and are looked
at again, so that the first of a swarm are judged by what came behind them. docs/robots.md explains it to the operator.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.conf import settings
from django.core import signing

from winnow.intake.agents import agent_is_machine, is_engine, unlike_its_name
from winnow.intake.crowds import Counts, marks_of, of_crowds, swarm_of
from winnow.intake.proof import is_solved, read_hand
from winnow.intake.signs import Sign, of_words
from winnow.leads import mark
from winnow.leads.clock import now

HOLD = 10
SHORTEST_SECONDS, HURRIED_SECONDS = 3, 6
LONGEST_SECONDS = 7 * 86_400
DOUBTFUL, BUSY = 4, 25
"""Points from which a post may wait, and posts of the form within ten minutes from which every one does."""
WAIT_SECONDS = 45
STROKE, FASTEST_BEAT = 12, 40
"""Letters that come with one entry at the most, and milliseconds between two entries at the least, by a hand."""


@dataclass(frozen=True, slots=True)
class Post:
    """One filled-in form as it came. `note` is the signed note of when the form was shown, `address` the visitor's;
    `loaded` says of a post without script that its browser loaded what belongs to the page."""

    form: str
    said: dict
    note: str
    at: datetime
    address: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    trap: str = ""
    proof: str = ""
    hand: str = ""
    trustworthy: bool = False
    loaded: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What it looks like: `state` pending or quarantined, seconds to `wait` before it is looked at again and taken in,
    and the evidence as it is kept."""

    points: float
    because: tuple[Sign, ...]
    wait: int = 0
    marks: dict = field(default_factory=dict)
    swarm: str = ""

    @property
    def state(self) -> str:
        """What an arrival of this look is."""
        return "quarantined" if self.points >= HOLD else "pending"

    @property
    def reason(self) -> str:
        """The strongest reasons in words; empty when it isn't held back."""
        return in_words(self.because) if self.state == "quarantined" else ""

    @property
    def evidence(self) -> dict:
        """As JSON: the points, the reasons by their code, and the marks as long as there will be a second look."""
        found = {"points": self.points, "because": [[sign.code, sign.points, sign.words] for sign in self.because]}
        if self.state == "pending" and self.marks:
            found["marks"] = self.marks
        if self.swarm:
            found["swarm"] = self.swarm
        return found


def in_words(because: tuple[Sign, ...]) -> str:
    """The reasons that weigh most, the heaviest first."""
    heavy = sorted((sign for sign in because if sign.points > 0), key=lambda sign: -sign.points)
    return "; ".join(sign.words for sign in heavy[:4])[:400]


def look_at(post: Post) -> Look:
    """Look at one post, and count what it has in common with others. One SQL statement."""
    alone = of_itself(post)
    marks = marks_of(post, keyed, alone)
    seen = mark.count(list(marks.values()), post.at)
    counts = {name: seen[number] for name, number in marks.items()}
    together = of_crowds(counts, alone)
    found = _weighed([*alone, *together], marks, counts)
    if found.state == "quarantined":
        return found
    crowded = sum(sign.points for sign in together) >= 2
    if counts["form"][0] >= BUSY or (found.points >= DOUBTFUL and crowded):
        return replace(found, wait=WAIT_SECONDS)
    return replace(found, marks={})


def look_again(evidences: list[dict], at: datetime) -> list[Look]:
    """The same posts by what has come meanwhile; one look for each. One SQL statement for all of them."""
    marks = [{name: int(number) for name, number in evidence["marks"].items()} for evidence in evidences]
    seen = mark.count([number for one in marks for number in one.values()], at, add=False)
    found = []
    for evidence, mine in zip(evidences, marks, strict=True):
        alone = [sign for one in evidence["because"] if not (sign := Sign(*one)).code.startswith("many ")]
        counts: Counts = {
            name: tuple(max(0, n - 1) for n in seen[number]) for name, number in mine.items()  # without itself
        }
        look = _weighed([*alone, *of_crowds(counts, alone)], mine, counts)
        found.append(replace(look, marks={}))
    return found


def forget_marks(at: datetime | None = None) -> int:
    """Remove marks older than a day; for the worker. Returns how many."""
    return mark.forget(at or now())


def _weighed(signs: list[Sign], marks: dict, counts: Counts) -> Look:
    points = round(sum(sign.points for sign in signs), 1)
    kept = {name: str(number) for name, number in marks.items()}  # programs that read JSON know no such large numbers
    because = tuple(sorted(signs, key=lambda sign: -sign.points))
    return Look(points, because, 0, kept, kept.get(swarm_of(counts), ""))


def keyed(kind: str, value: str, at: datetime | None = None) -> int:
    """A number for a value, keyed by our secret; with a moment it changes every day, so that days can't be joined."""
    day = f"{at:%Y-%m-%d}" if at else ""
    text = f"{kind}\0{day}\0{value}".encode("utf-8", "replace")
    digest = hmac.new(settings.SECRET_KEY.encode(), text, hashlib.sha256).digest()
    return int.from_bytes(digest[:8], signed=True)


# -- one post by itself -----------------------------------------------------------------------------------------------
def of_itself(post: Post) -> list[Sign]:
    """The signs of one post alone."""
    found = []
    if post.trap:
        found.append(Sign("trap", 12, "a field that people don't see was filled in"))
    seconds, checked, noted = _note(post)
    found += noted
    proven = bool(post.proof) and is_solved(post.note, post.proof)
    if post.proof and not proven:
        found.append(Sign("wrong proof", 8, "its proof of work is wrong"))
    elif not proven:
        found.append(Sign("no proof", 2, "it was sent without script"))
        if post.loaded:
            found.append(Sign("loaded", -3, "its browser loaded the page with all that belongs to it"))
    found += _as_one([*_program(post), *_hand(post, seconds, proven, checked)])
    found += of_words(post.said)
    return found


def _note(post: Post) -> tuple[float | None, bool, list[Sign]]:
    """Seconds since the form was shown (None without a note of ours), whether the page was the second one that only
    asks to press once more, and the signs."""
    signer = signing.TimestampSigner(salt="hosted form")
    try:
        value = signer.unsign(post.note)
        shown_at = signing.b62_decode(post.note.rsplit(":", 2)[1])
    except (signing.BadSignature, IndexError, ValueError):
        return None, False, [Sign("no note", 12, "it was sent without the form having been shown")]
    seconds = max(0.0, post.at.timestamp() - shown_at)
    parts = value.split(".")
    if parts[0] != post.form:
        return seconds, False, [Sign("other note", 12, "it was sent with another form's note")]
    if seconds > LONGEST_SECONDS:
        return seconds, False, [Sign("old", 10, "the form had been open for more than a week")]
    if len(parts) > 2 and parts[1] == "check":
        return seconds, True, [Sign("fast", 3, "it was sent at once")] if seconds < 1 else []
    if seconds < SHORTEST_SECONDS:
        return seconds, False, [Sign("fast", 12, f"it was filled in within {SHORTEST_SECONDS} seconds")]
    if seconds < HURRIED_SECONDS and len(str(post.said.get("message", ""))) > 60:
        return seconds, False, [Sign("hurried", 2, f"a message was written within {HURRIED_SECONDS} seconds")]
    return seconds, False, []


def _program(post: Post) -> list[Sign]:
    """What the browser says of itself; all of it together is one piece of evidence, as it hangs together."""
    word = agent_is_machine(post.headers.get("User-Agent", ""))
    missing = unlike_its_name(post.headers, post.trustworthy)
    points, words = 0, ""
    if word:
        points = 4 if word == "no name" else 5 if is_engine(word) else 6
        words = "it comes from a program without a name" if word == "no name" else f"it comes from a program ({word})"
    if missing:
        points = min(points + len(missing), 7)
        lacks = f"its browser sends {', '.join(missing)}"
        words = f"{words}; {lacks}" if words else lacks
    return [Sign("program", points, words)] if points else []


def _as_one(signs: list[Sign]) -> list[Sign]:
    """What a driven browser shows hangs together: all of it is as much as can be without any other evidence."""
    over = sum(sign.points for sign in signs if sign.code in DRIVEN) - MOST_DRIVEN
    found = []
    for sign in sorted(signs, key=lambda sign: sign.code not in DRIVEN):
        less = max(0, min(over, sign.points)) if sign.code in DRIVEN else 0
        over -= less
        found.append(replace(sign, points=sign.points - less))
    return [sign for sign in found if sign.points]


DRIVEN, MOST_DRIVEN = ("program", "driven", "scripted", "even beat", "no gesture"), 9
"""Somebody may well let a program fill in one form for them; many at once are another matter."""


def _hand(post: Post, seconds: float | None, proven: bool, checked: bool) -> list[Sign]:
    """The hand that filled it in, as the page tells; a robot that says nothing has no script."""
    hand = read_hand(post.hand)
    if hand is None:
        return [Sign("no hand", 7, "it solved the proof of work outside our page")] if proven else []
    found = []
    if hand.driven and not is_engine(agent_is_machine(post.headers.get("User-Agent", ""))):
        found.append(Sign("driven", 5, "the browser says that a program drives it"))
    elif hand.driven:
        found.append(Sign("driven", 1, "the browser says that a program drives it"))
    if seconds is not None and hand.open > (seconds + 3) * 1000:
        found.append(Sign("clock", 5, "it claims to have been open for longer than it was"))
    if checked:
        return found  # filled in elsewhere: here was only pressed
    if not hand.gestures:
        found.append(Sign("no gesture", 5, "nobody pressed a key, touched the screen or moved a pointer"))
    by_hand = hand.fields - hand.by_itself - hand.pasted
    letters = sum(len(value) for value in post.said.values() if isinstance(value, str))
    if hand.scripted and hand.scripted >= max(1, hand.fields - hand.by_itself):
        found.append(Sign("scripted", 4, "a script filled its fields in"))
    elif by_hand > 2 and not hand.pasted and not hand.by_itself and letters > STROKE * max(hand.entries, 1):
        found.append(Sign("scripted", 4, "whole fields were filled in at a stroke"))
    mean, varies = hand.beat
    if hand.entries >= 12 and mean < FASTEST_BEAT:
        found.append(Sign("even beat", 4, "it was typed faster than anybody types"))
    elif hand.entries >= 12 and varies < max(4, mean * 0.12):
        found.append(Sign("even beat", 4, "it was typed at an even beat"))
    elif hand.driven and hand.keys > 12 and letters < 2 * hand.keys and varies > mean * 0.2:
        found.append(Sign("typed", -4, "it was typed as people type"))
    return found
