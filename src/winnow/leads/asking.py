"""Prepared questions, written as text: the survey of a booth, and the script of a call, which branches.

    ? need: What brings you here?
    - Goods spoil on the way = yes
    - We compare suppliers = partly -> timing
    - Just looking = no -> end
    ? fleet (employees): How many people work at your company?
    ? timing *: When should it run?
    - This quarter = yes

A question is a line of `? NAME: text`, its choices are lines of `- words = value -> next`. What a question feeds is its
name, or the word in brackets: an item of BANTFO, whose choices have a level, or something that fit is judged by.
Anything else is kept as it was said. A star: it has to be answered. Without an arrow the next question follows.
"""

import re

from winnow.leads.countries import country_code
from winnow.policy.facts import ITEMS, LEVELS, SENIORITIES

MOST_QUESTIONS = 40
MOST_CHOICES = 12
LONGEST_QUESTION = 300
LONGEST_CHOICE = 120
END = "end"
ITEMS_ASKED = tuple(item for item in ITEMS if item != "fit")
FIELDS_ASKED = ("industry", "employees", "country", "title", "seniority", "department")
"""What fit may need and a question may feed, besides the items of BANTFO."""

_QUESTION = re.compile(r"^\?\s*([a-z][a-z0-9_]{0,39})\s*(?:\(\s*(\w+)\s*\))?\s*(\*)?\s*:\s*(.*?)\s*$")
_ARROW = re.compile(r"\s*->\s*(\S+)\s*$")


def read_questions(text: str, *, branches: bool) -> tuple[list[dict], list[str]]:
    """The questions that a text asks, and all that is wrong with it, in words. `branches`: arrows may lead about.

    A question is {name, text, feeds, needed, next, choices}; a choice is {label, value, next}. `next` is the name of a
    question, or empty for the end; None for "the next one" never leaves this module.
    """
    questions, problems = _lines(text, branches)
    if not questions and not problems:
        problems.append("There is no question yet; begin with “? need: What brings you here?”.")
    if len(questions) > MOST_QUESTIONS:
        problems.append(f"There are {len(questions)} questions; {MOST_QUESTIONS} are the most anybody answers.")
    for name in sorted({one["name"] for one in questions if _count(questions, one["name"]) > 1}):
        problems.append(f"“{name}” is the name of two questions; give each its own.")
    for one in questions:
        problems += _wrong_values(one)
    _lead_on(questions)
    if branches and not problems:
        problems += _wrong_ways(questions)
    return questions, problems


def next_after(questions: list[dict], name: str, choice: int | None) -> str:
    """The question that follows an answer; empty behind the last. `choice`: its number from 0, None for free words."""
    one = question_named(questions, name)
    if one is None:
        return ""
    if choice is not None and 0 <= choice < len(one["choices"]):
        return one["choices"][choice]["next"]
    return one["next"]


def question_named(questions: list[dict], name: str) -> dict | None:
    """The question of that name."""
    return next((one for one in questions if one["name"] == name), None)


# -- reading ---------------------------------------------------------------------------------------------------------
def _lines(text: str, branches: bool) -> tuple[list[dict], list[str]]:
    questions, problems = [], []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        line, target = _without_arrow(line)
        if target is not None and not branches:
            problems.append(f"Line {number} has an arrow; a survey asks its questions in order, so leave out “->”.")
        if line.startswith("?"):
            found = _QUESTION.match(line)
            if not found or not found[4]:
                problems.append(f"Line {number}, “{line[:60]}”, is no question; write “? name: What do you ask?”.")
                continue
            name, feeds, star, words = found.groups()
            feeds = feeds or (name if name in (*ITEMS_ASKED, *FIELDS_ASKED) else "")
            if name == END:
                problems.append(f"Line {number}: “{END}” is where a script ends and can’t be a question.")
            if feeds and feeds not in (*ITEMS_ASKED, *FIELDS_ASKED):
                known = ", ".join((*ITEMS_ASKED, *FIELDS_ASKED))
                problems.append(f"Line {number}: nothing is called “{feeds}”; a question feeds {known}, or nothing.")
                feeds = ""
            if len(words) > LONGEST_QUESTION:
                problems.append(f"Line {number} asks {len(words)} characters; {LONGEST_QUESTION} are the most.")
            questions.append({
                "name": name, "text": words, "feeds": feeds, "needed": bool(star), "next": target, "choices": [],
            })
        elif line.startswith("-") and questions:
            label, _, value = line[1:].rpartition(" = ") if " = " in line else (line[1:], "", "")
            label, value = label.strip(), value.strip()
            if not label or len(label) > LONGEST_CHOICE or len(value) > LONGEST_CHOICE:
                problems.append(f"Line {number}, “{line[:60]}”, is no choice; write “- words = value”.")
                continue
            questions[-1]["choices"].append({"label": label, "value": value, "next": target})
        else:
            problems.append(f"Line {number}, “{line[:60]}”, begins neither with “?” nor, below a question, with “-”.")
    return questions, problems


def _without_arrow(line: str) -> tuple[str, str | None]:
    found = _ARROW.search(line)
    return (line[: found.start()], found[1]) if found else (line, None)


def _count(questions: list[dict], name: str) -> int:
    return sum(one["name"] == name for one in questions)


def _wrong_values(one: dict) -> list[str]:
    """What of a question's choices can't be counted as what it feeds."""
    feeds, problems = one["feeds"], []
    if len(one["choices"]) > MOST_CHOICES:
        problems.append(f"“{one['name']}” has {len(one['choices'])} choices; {MOST_CHOICES} are the most.")
    if feeds in ITEMS_ASKED and not one["choices"]:
        problems.append(f"“{one['name']}” feeds {feeds} and needs choices, each with one of {', '.join(LEVELS)}.")
    for choice in one["choices"]:
        value, said = choice["value"], f"“{choice['label']}” of “{one['name']}”"
        if feeds in ITEMS_ASKED and value not in LEVELS:
            problems.append(f"{said} needs a level behind “ = ”: {', '.join(LEVELS)}.")
        elif feeds == "employees" and not value.isdigit():
            problems.append(f"{said} needs a number of people behind “ = ”, such as 250.")
        elif feeds == "seniority" and value not in SENIORITIES:
            problems.append(f"{said} needs one of {', '.join(SENIORITIES)} behind “ = ”.")
        elif feeds == "country" and not country_code(value or choice["label"]):
            problems.append(f"{said} names no country; write its code behind “ = ”, such as NO.")
        choice["value"] = value or choice["label"]
    return problems


# -- where it leads --------------------------------------------------------------------------------------------------
def _lead_on(questions: list[dict]) -> None:
    """Where no arrow stands, the next question follows, or behind the last the end."""
    for number, one in enumerate(questions):
        after = questions[number + 1]["name"] if number + 1 < len(questions) else ""
        for step in (one, *one["choices"]):
            step["next"] = after if step["next"] is None else "" if step["next"] == END else step["next"]


def _wrong_ways(questions: list[dict]) -> list[str]:
    """Arrows to nowhere, questions that nobody comes to, and ways that never end."""
    named = {one["name"]: one for one in questions}
    steps = {one["name"]: _targets(one) for one in questions}
    problems = [
        f"An arrow of “{name}” leads to “{to}”, and no question is called so."
        for name, targets in steps.items() for to in sorted(targets - named.keys() - {""})
    ]
    if problems:
        return problems
    reached, ahead = set(), [questions[0]["name"]]
    while ahead:
        name = ahead.pop()
        if name and name not in reached:
            reached.add(name)
            ahead += steps[name]
    problems += [f"Nobody ever comes to “{name}”; lead an arrow there or take it out." for name in named
                 if name not in reached]
    ends = {""}
    while more := {name for name, targets in steps.items() if name not in ends and targets & ends}:
        ends |= more
    return problems + [f"From “{name}” nobody ever comes to an end: it goes round for ever." for name in named
                       if name in reached and name not in ends]


def _targets(one: dict) -> set[str]:
    return {choice["next"] for choice in one["choices"]} or {one["next"]}
