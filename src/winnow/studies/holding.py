"""What is to be asked of the definition in force, since the world has moved: questions to both sides, never a blame.

What is told here was found by `winnow.studies.moving` and kept.
"""

from winnow.leads.definition import Definition
from winnow.leads.study import Study
from winnow.studies import learned

NAME = "drift"
QUESTIONS = {
    "accepted": ("Accepted by sales, of those answered",
                 "Has something changed in whom is handed over, or in what sales can use?"),
    "won": ("Won, of what was decided", "Is it the market, the offer, or who gets through?"),
    "leads": ("Leads within 30 days, of new people", "Does the definition ask for the right things of who comes now?"),
    "channel": ("Where inquiries come from", "Do the points for each channel still fit?"),
    "seniority": ("Who they are", "Do the points for titles still fit?"),
    "industry": ("What firms they are", "Does the ideal customer still look like this?"),
    "grade": ("Grades of leads", "Do the rules of fit still tell firms apart?"),
    "score": ("Scores of leads", "Is the score that is asked for still the right one?"),
}  # fmt: skip


def questions() -> list[dict]:
    """What is to be asked today: of the definition in force, and of the card that was learned last."""
    definition, study, card = Definition.in_force(), Study.newest(NAME), Study.newest(learned.NAME)
    told = []
    if definition and study and study.result["definition"] == definition.number:
        told += [{"about": one["about"], "said": one["said"], "question": one["question"]}
                 for one in study.result["questions"]]  # fmt: skip
    if card and card.result.get("verdict") == "useful":
        again = "Should it be learned again before anybody signs it?"
        told += [{"about": "The learned card", "said": text, "question": again} for text in card.result["drift"]["why"]]
    return told
