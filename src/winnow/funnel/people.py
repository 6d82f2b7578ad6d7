"""From any number down to the people behind it, and no further than the user may see."""

from winnow.funnel import asking
from winnow.funnel.reports import _DIMENSIONS, BEGINNING, Asked, moment
from winnow.leads import rights
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.models import Inquiry, Opportunity

STAGES = (
    "inquiries", "valid", "active", "prospects", "leads", "handed_off", "accepted", "opportunities", "won", "lost",
)
PAGE = 50


def behind(user, *, stage: str, by: str = "source", value=None, every: bool = False, as_of=None, page: int = 1) -> dict:
    """The rows behind one number: `rows` with person, account, inquiry and opportunity, `all` how many there are.

    `value` None means the row without a value; `every` all rows together. Who may not see a person sees only that
    there is one. Refusal names an unknown stage or dimension.
    """
    if stage not in STAGES or by not in _DIMENSIONS:
        raise Refusal(f"No number is {stage!r} by {by!r}; stages are {', '.join(STAGES)}.")
    at = moment(as_of, end_of_day=True) or now()
    asked = Asked(by, at, BEGINNING, at)
    inquiry, inquiry_join, deal, deal_join = _DIMENSIONS[by]
    given = {
        **asked.parameters, "stage": stage, "any": every, "value": value, "limit": PAGE, "offset": (page - 1) * PAGE,
        "ranged": False,
    }
    found = asking.rows(
        "people", given, inquiry_dimension=inquiry, inquiry_join=inquiry_join, deal_dimension=deal, deal_join=deal_join
    )
    people = rights.people_visible_to(user).select_related("account").in_bulk([r["person_id"] for r in found])
    accounts = rights.accounts_visible_to(user).in_bulk([r["account_id"] for r in found])
    inquiries = Inquiry.objects.in_bulk([r["inquiry_id"] for r in found if r["person_id"] in people])
    deals = Opportunity.objects.in_bulk([r["opportunity_id"] for r in found if r["account_id"] in accounts])
    rows = [
        {
            "person": people.get(r["person_id"]), "account": accounts.get(r["account_id"]), "at": r["at"],
            "inquiry": inquiries.get(r["inquiry_id"]), "opportunity": deals.get(r["opportunity_id"]),
        }
        for r in found
    ]
    return {"rows": rows, "all": found[0]["all_of_them"] if found else 0, "page": page, "pages": _pages(found)}


def _pages(found: list[dict]) -> int:
    return -(-found[0]["all_of_them"] // PAGE) if found else 1


