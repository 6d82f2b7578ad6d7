"""Why: a verdict in words, the score line by line, and what would make somebody ready."""

from winnow.policy.definition import Definition
from winnow.policy.facts import ITEMS
from winnow.policy.fold import Fold, Line
from winnow.policy.judge import Verdict, engaged_others, judge, meets

CLAUSE_NUMBERS = {
    "score": "4.1", "fit": "4.2", "budget": "4.3", "authority": "4.3", "need": "4.3", "timing": "4.3", "other": "4.3",
    "enough": "4.4", "interest": "1.1", "conversation": "4.5", "confirmation": "4.6", "recycled": "C",
    "disqualified": "C", "people": "4.7", "roles": "4.8", "excluded": "4.9",
}


def unmet_words(definition: Definition, verdict: Verdict) -> list[tuple[str, str]]:
    """Each unmet clause with a sentence: what is known and what the definition asks."""
    said = []
    for clause in verdict.unmet:
        if clause == "score":
            text = f"the score is {verdict.score}, asked are {definition.asked_score // 1000}"
        elif clause == "fit":
            text = f"the grade is {verdict.grade}, asked is {definition.asked_grade} or better"
        elif clause in ITEMS:
            level = verdict.levels[ITEMS.index(clause)]
            text = f"{clause} is {level}, asked is {asked_words(definition, clause)}"
        elif clause == "enough":
            text = (
                f"{definition.enough_count} of {', '.join(definition.enough_of)} must be "
                f"{'yes' if definition.enough_level == 'yes' else 'at least partly'} known"
            )
        elif clause == "conversation":
            days = definition.conversation_within // 1440
            text = f"nobody has talked with anyone there within {days} days"
        elif clause == "interest":
            text = "nobody there came to us: names that were bought are no leads"
        elif clause == "people":
            text = f"fewer than {definition.people_asked} people there were engaged lately"
        elif clause == "roles":
            text = f"the buying group lacks {roles_words(definition)}"
        elif clause == "excluded":
            text = f"{' or '.join(one.says or one.name for one in definition.never)} is never a lead"
        elif clause == "confirmation":
            text = "a person must confirm the qualification first"
        elif clause == "recycled":
            text = "it was recycled, and nothing new has come for what failed"
        else:
            text = "it was disqualified"
        said.append((clause, text))
    return said


def asked_words(definition: Definition, item: str) -> str:
    """What the definition asks of one item of BANTFO: "at least partly", "yes, from 2 sources"."""
    clause = definition.clause(item)
    level = "yes" if clause.asked == "yes" else "at least partly"
    return f"{level}, from {clause.sources} sources" if clause.sources > 1 else level


def roles_words(definition: Definition) -> str:
    """The roles that the definition asks for, and how many of each."""
    return ", ".join(f"{role.at_least} {role.name.replace('_', ' ')}" for role in definition.roles if role.at_least)


def clause_words(definition: Definition, verdict: Verdict) -> str:
    """The unmet clauses in one phrase, for a refusal: "budget (unknown, asked is at least partly) and …"."""
    parts = [f"{clause} ({text})" for clause, text in unmet_words(definition, verdict)]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def score_lines(fold: Fold, account: int, who: int, at: int) -> list[dict]:
    """The score of one person line by line: what, when, milli-points given and milli-points today.

    The fold must have been made with a trace. The lines add up to the score (but for rounding).
    """
    definition = fold.definition
    lines = []
    for line in fold.trace or []:
        if line.person == who:
            lines.append(_line(line, at))
    state = fold.accounts.get(account)
    person = fold.people.get(who)
    if person is not None:
        seniority = person.attrs.get("seniority", "")
        if points := definition.title_points.get(seniority, 0):
            lines.append(_fixed("title", seniority, points))
    for one in definition.profile:
        attrs = person.attrs if one.criterion.of_person and person is not None else {}
        if state is not None and not one.criterion.of_person:
            attrs = state.attrs
        if meets(one.criterion, attrs):
            lines.append(_fixed("profile", one.criterion.says or one.criterion.name, one.points))
    if state is not None and state.key and definition.key_account_points:
        lines.append(_fixed("key_account", "", definition.key_account_points))
    if state is not None and (others := engaged_others(definition, state, who, at)):
        lines.append(_fixed("engaged_people", str(others), others * definition.engaged_points))
    return lines


def _line(line: Line, at: int) -> dict:
    today = line.points * 2.0 ** (-max(at - line.happened, 0) / line.half_life) if line.half_life else 0.0
    return {
        "fact": line.fact, "what": line.what, "code": line.code, "happened": line.happened, "given": line.points,
        "today": round(today), "note": line.note,
    }


def _fixed(what: str, code: str, points: int) -> dict:
    return {"fact": None, "what": what, "code": code, "happened": None, "given": points, "today": points, "note": ""}


def explain(fold: Fold, account: int, who: int, at: int) -> dict:
    """Everything about one verdict as plain data: score lines, answers with their evidence, unmet clauses in words."""
    verdict = judge(fold, account, who, at)
    state = fold.accounts.get(account)
    evidence = {}
    for item in ITEMS:
        kept = dict(state.evidence.get(item, {})) if state is not None else {}
        if item == "authority":
            for entry in state.front if state is not None else []:
                for source, said in fold.people[entry[0]].authority.items() if entry[0] in fold.people else []:
                    kept[f"{source}:{entry[0]}"] = said
        expires, said_by = fold.definition.clause(item).expires, fold.definition.clause(item).said_by
        evidence[item] = [
            {
                "source": source, "happened": said[0], "level": said[1], "person": said[3],
                "expired": said[0] + expires <= at,
            }
            for source, said in sorted(kept.items(), key=lambda pair: -pair[1][0])
            if not said_by or source.partition(":")[0] in said_by
        ]
    return {
        "verdict": verdict,
        "lines": score_lines(fold, account, who, at),
        "evidence": evidence,
        "unmet": unmet_words(fold.definition, verdict),
    }
