"""Lines of a scenario for those who don't write code: day, who, what happens and a word, put in its place."""

from winnow.policy.scenario import ACCOUNTS, HOME, PEOPLE

WHATS = (
    ("inquiry web", "writes by a form on the web"), ("inquiry phone", "calls us"),
    ("inquiry event", "inquires at an event"),
    ("inquiry referral", "comes by a referral"), ("inquiry purchased_list passive", "is on a list that was bought"),
    ("is seniority", "is known by rank as …"), ("is department", "works in …"), ("is industry", "is in the industry …"),
    ("is employees", "has so many people: …"), ("is country", "is in the country …"), ("key", "becomes a key account"),
    ("took", "uses the content …"), ("saw", "looks at the page …"), ("clicked confirmed", "follows a link in a mail"),
    ("called spoke", "talks with us on the telephone"), ("met", "meets us"), ("replied", "answers a mail"),
    *((f"{level} {item} by call", f"says on {item}: {level}, in a call")
      for item in ("need", "budget", "authority", "timing") for level in ("yes", "partly", "no")),
    *((f"{level} {item} by form", f"says on {item}: {level}, in a form")
      for item in ("need", "budget", "authority") for level in ("yes", "no")),
    ("qualified", "is confirmed by a person"), ("handed_off sam", "is handed to sales"),
    ("accepted", "is accepted by sales"),
    ("rejected", "is rejected by sales, with the reason …"), ("opted_out", "wants no more mail"),
)  # fmt: skip
WHO = [*PEOPLE, HOME]
WORDED = tuple(code for code, said in WHATS if said.endswith("…"))


def line_of(day: str, who: str, what: str, word: str) -> str:
    """One line of the story; empty where nothing was chosen."""
    if what not in dict(WHATS) or who not in {*PEOPLE, *ACCOUNTS}:
        return ""
    word = "_".join(word.split())[:60]
    return " ".join(part for part in (day.strip() or "0", who, what, word if what in WORDED else "") if part)


def put_in(story: str, line: str) -> str:
    """The story with the line behind those of the same day and before later ones."""
    lines = [one.strip() for one in story.splitlines() if one.strip()]
    place = len(lines)
    while place and _day(lines[place - 1]) > _day(line):
        place -= 1
    return "\n".join([*lines[:place], line, *lines[place:]])


def _day(line: str) -> float:
    """The day that a line begins with, its clock left aside; what can't be read stands where it is."""
    number, at, clock = line.split()[0].partition("<")[0].partition("@")
    try:
        hours, _, minutes = clock.partition(":")
        return float(number) + ((int(hours) * 60 + int(minutes or 0)) / 1440 if at else 0)
    except ValueError:
        return float("-inf")
