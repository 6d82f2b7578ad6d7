"""What the bench, the person page and the lead page show of one person, gathered once for all three."""

from django.utils import timezone

from winnow.leads import rights
from winnow.leads.advising import QUESTIONS
from winnow.leads.cycle import Answer, words
from winnow.leads.dossier import Dossier, dossier, is_open
from winnow.leads.fact import moment
from winnow.leads.story import story
from winnow.policy.facts import ITEMS
from winnow.web import pictures, wording

STORY = 12
ANSWERABLE = tuple(item for item in ITEMS if item != "fit")


def portrait(person, user, *, at=None, limit: int = STORY) -> dict:
    """The context of `person/_*.html`: the dossier, the story, the score's picture and what this user may do."""
    found = dossier(person, at=at)
    lead = found.cycle.lead if found.cycle and is_open(found.cycle) else None
    return {
        "person": person,
        "dossier": found,
        "definition": found.definition,
        "story": story(person, limit=limit, points=found.points),
        "picture": score_picture(found),
        "unmet_short": short_of(found),
        "stage": words(found.cycle.stage) if found.cycle else "",
        "said": [] if found.sheet else said_so_far(person),
        "lead": lead,
        "lead_waits": lead is not None and lead.waits,
        "open": is_open(found.cycle),
        "may": {
            verb.replace(" ", "_"): rights.may(user, verb, person)
            for verb in ("sort", "answer", "call", "dispose", "hand off")
        },
    }


def said_so_far(person) -> list[Answer]:
    """The newest answers of the account, for where nothing says yet which of them count."""
    rows = Answer.objects.filter(account_id=person.account_id, withdrawn_at=None).select_related("by", "person")
    return list(rows.order_by("-said_at", "-pk")[:12])


def score_picture(found: Dossier):
    """The score over the last weeks against the score asked for; nothing where there is no line to draw."""
    if len(found.curve) < 2:
        return ""
    (start, first), (_, last) = found.curve[0], found.curve[-1]
    begun = timezone.localtime(moment(int(start)))
    days = max(1, (found.at - begun).days)
    label = f"Score over {days} day{'s' if days > 1 else ''}: from {wording.score(first)} to {wording.score(last)}"
    label += f"; asked are {wording.score(found.asked_score)}"
    day = f"{begun.day} {wording.MONTHS[begun.month - 1]}"
    return pictures.score_line(found.curve, found.asked_score, label=label, names=(day, "today"))


def short_of(found: Dossier) -> str:
    """What is still needed, in few words for beside a button: "Budget, a talk"."""
    names = {
        "score": "score", "fit": "a better grade", "enough": "more answers", "conversation": "a talk",
        "interest": "interest of their own",
        "confirmation": "your word", "recycled": "something new since it was recycled", "disqualified": "reopening",
    }  # fmt: skip
    if found.verdict is None:
        return "a signed definition"
    return ", ".join(names.get(one.clause, one.clause) for one in found.unmet)


def first_words(person, levels) -> str:
    """What to ask first: the question behind the first answer that nobody has."""
    for item in ANSWERABLE[:4]:
        if levels[ITEMS.index(item)] in ("unknown", "no"):
            return QUESTIONS[item]
    return QUESTIONS["other"]
