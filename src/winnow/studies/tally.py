"""What a back-test counts, account by account; tallies of many accounts add up."""

from collections import Counter
from dataclasses import dataclass, field

from winnow.policy.turns import Note, Turn

DAY = 1440
MONDAY = 3
"""1 January 1970 was a Thursday: three days after this Monday."""
SIZES = ((10, "1–9"), (50, "10–49"), (250, "50–249"), (1_000, "250–999"), (5_000, "1,000–4,999"))
FLIPS_A_CHUNK = 200


def week_of(minute: int) -> int:
    """The number of a week that begins on Monday, UTC."""
    return (minute // DAY + MONDAY) // 7


def monday(week: int) -> int:
    """The minute at which a week begins."""
    return (week * 7 - MONDAY) * DAY


@dataclass
class Story:
    """What is known of one account besides the verdicts: its ends of cycles, wins (closed, really begun, judged) and
    handoffs (given, response), whose it is, and its segments."""

    ends: list[int] = field(default_factory=list)
    wins: list[tuple[int, int, bool]] = field(default_factory=list)
    handoffs: list[tuple[int, str]] = field(default_factory=list)
    rep: int | None = None
    segments: dict[str, str] = field(default_factory=dict)


class Tally:
    """Counts of one side. `counts` has a key for each figure; segments are `dimension<tab>segment<tab>figure`."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.weeks: Counter[str] = Counter()
        self.reps: Counter[str] = Counter()
        self.segments: Counter[str] = Counter()
        self.days: list[float] = []

    def to_json(self) -> list:
        """Plain JSON, which `add` takes."""
        return [self.counts, self.weeks, self.reps, self.segments, self.days]

    def add(self, data: list) -> None:
        """Add what another tally has counted."""
        for mine, theirs in zip((self.counts, self.weeks, self.reps, self.segments), data[:4], strict=True):
            mine.update(theirs)
        self.days += data[4]

    def account(self, turns: list[Turn], story: Story, first: int, last: int) -> list[int]:
        """Count one account between the minutes `first` and `last`; the moments of its QSOs come back."""
        spans = spans_of(turns)
        moments = [at for at in qsos(spans, story.ends) if first <= at <= last]
        if moments:
            self.counts["qso"] += len(moments)
            self.counts["qso_squares"] += len(moments) ** 2
            self.counts["accounts"] += 1
            self._segment(story, "qso", len(moments))
        for at in moments:
            self.weeks[str(week_of(at))] += 1
            self.reps[f"{story.rep or 0}\t{week_of(at)}"] += 1
        for win in story.wins:
            self._win(win, spans, story, first, last)
        for given, response in story.handoffs:
            if first <= given <= last and response in ("accepted", "rejected"):
                passed = any(start <= given and (end is None or given < end) for start, end in spans)
                self.counts[response] += 1
                if not passed:
                    self.counts[f"{response}_kept_back"] += 1
                    if response == "rejected":
                        self._segment(story, "rejected_kept_back", 1)
        return moments

    def _win(self, win: tuple[int, int, bool], spans, story: Story, first: int, last: int) -> None:
        closed, really, judged = win
        if not first <= closed <= last:
            return
        if not judged:
            self.counts["wins_unjudged"] += 1
            return
        since = max((end for end in story.ends if end < really), default=-1)
        found = [max(start, since) for start, end in spans if start <= closed and (end is None or end > since)]
        if found:
            self.counts["wins_caught"] += 1
            self.days.append(round((really - min(found)) / DAY, 2))
        else:
            self.counts["wins_missed"] += 1
        self._segment(story, "wins_caught" if found else "wins_missed", 1)

    def _segment(self, story: Story, figure: str, count: int) -> None:
        for dimension, segment in story.segments.items():
            self.segments[f"{dimension}\t{segment}\t{figure}"] += count


def spans_of(turns: list[Turn]) -> list[tuple[int, int | None]]:
    """From when until when an account was ready; the last may be open."""
    spans: list[tuple[int, int | None]] = []
    since: int | None = None
    for turn in turns:
        if turn.person is not None:
            since = turn.at if since is None else since
        elif since is not None:
            spans.append((since, turn.at))
            since = None
    if since is not None:
        spans.append((since, None))
    return spans


def qsos(spans: list[tuple[int, int | None]], ends: list[int]) -> list[int]:
    """The moments that count as a QSO: an account that turned ready counts again only when its cycle has ended since.

    Who fades a little under the threshold and comes back is no second one.
    """
    found: list[int] = []
    for start, _ in spans:
        if not found or any(found[-1] < end <= start for end in ends):
            found.append(start)
    return found


def size(employees: str) -> str:
    """The size class of a number of employees as it is written; "unknown" where it is none."""
    try:
        number = int(employees)
    except ValueError:
        return "unknown"
    return next((name for below, name in SIZES if number < below), "5,000 and more")


@dataclass(frozen=True)
class Flip:
    """An account that one side takes for ready and the other does not, and why not, in words."""

    side: int
    account: int
    person: int
    at: int
    why: list[list[str]]
    score: int
    grade: str

    @classmethod
    def of(cls, note: Note, words: list[tuple[str, str]]) -> "Flip":
        """From what the watches noted."""
        why = [list(pair) for pair in words]
        return cls(note.side, note.account, note.person, note.at, why, note.verdict.score, note.verdict.grade)

    def to_json(self) -> list:
        """Plain JSON, in the order of the fields."""
        return [self.side, self.account, self.person, self.at, self.why, self.score, self.grade]
