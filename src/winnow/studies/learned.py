"""A learned definition: what may be asked for, and how what was found becomes a draft. `from_history` does the work."""

from winnow.leads.definition import Definition
from winnow.leads.errors import Refusal
from winnow.leads.study import Study

NAME = "learned"
AIMS = {"won": "who is won", "accepted": "whom sales accepts"}
MOST_DAYS = 180


def checked(aim: str, days: int) -> dict:
    """What is asked for, in bounds. Refusal names what is not."""
    if aim not in AIMS:
        raise Refusal(f"{aim!r} is nothing to learn; one of {', '.join(AIMS)} is.", code="wrong_aim")
    if not 0 <= days <= MOST_DAYS:
        raise Refusal(f"{days} days is too long; name 0 to {MOST_DAYS}.", code="wrong_days")
    return {"aim": aim, "days": days}


def base_definition() -> Definition:
    """What a proposal starts from: the definition in force, else the newest draft."""
    found = Definition.in_force() or Definition.objects.order_by("-number").first()
    if found is None:
        raise Refusal(
            "There is no definition to start from: write a draft first, then outcomes can change its points.",
            code="no_definition",
        )
    return found


def propose(study: Study, *, by) -> Definition:
    """Keep the proposal as a draft, which people discuss, change and sign. Refusal where it must not be proposed."""
    result = study.result or {}
    if study.draft_id:
        raise Refusal(f"It is draft {study.draft.number} already.")
    if not result.get("may_propose"):
        raise Refusal(result.get("why_not") or "There is nothing to propose.", code="not_proposed")
    base = Definition.objects.get(number=result["base"])
    made = Definition.draft(result["proposal"]["document"], by=by, based_on=base)
    Study.objects.filter(pk=study.pk).update(draft=made)
    return made
