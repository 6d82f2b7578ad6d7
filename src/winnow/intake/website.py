"""The built-in look-up: what a company's own front page says of the company."""

import json
import re
from collections.abc import Callable, Iterator

from winnow.intake.fetching import Fetcher
from winnow.intake.industries import industries_asked_for, industry_of
from winnow.intake.lookup import Found
from winnow.intake.markup import Head, head_of, words
from winnow.leads.addresses import registrable_domain
from winnow.leads.countries import country_code

ORGANISATIONS = frozenset([
    "Organization", "Corporation", "LocalBusiness", "OnlineBusiness", "ProfessionalService", "Store",
    "FinancialService",
])  # fmt: skip
MOST_NODES = 500
MOST_EMPLOYEES = 5_000_000
# What a page is called that nobody has named yet, or that stands in front of the site.
_NO_NAME = re.compile(
    r"(home|index|start(seite)?|welcome.*|willkommen.*|accueil|inicio|untitled.*|my (wordpress|website|site|blog)"
    r"|site|website|just a moment.*|access denied.*|error.*|\d{3}\b.*|.*coming soon.*|.*domain.*for sale.*"
    r"|parked.*|default.*page.*|apache.*|nginx.*|it works.*|under construction)\W*",
    re.IGNORECASE,
)


class Website:
    """Reads `https://domain/` and says what stands there: name, industry, people, country, title and description."""

    name = "website"

    def __init__(
        self, fetcher: Fetcher | None = None, asked_for: Callable[[], frozenset[str]] = industries_asked_for
    ):
        self.fetcher = fetcher or Fetcher()
        self.asked_for = asked_for

    def look_up(self, domain: str) -> Found | None:
        """What the company's site says; None when it says nothing of use. NotRead when there is none to be read."""
        page = self.fetcher.front_page(domain)
        return told_by(page.text, domain, page.url, self.asked_for())


def told_by(page: str, domain: str, url: str = "", asked: frozenset[str] = frozenset()) -> Found | None:
    """What the text of a page says of the company whose domain this is; None when it says nothing."""
    head = head_of(page)
    if _NO_NAME.fullmatch(head.title) and not head.data:
        head.title = ""
    company = _company(head, domain)
    description = head.meta.get("description") or head.meta.get("og:description", "")
    said = [
        (_text(company.get("industry")), 5), (head.title, 3), (description, 2), (head.meta.get("keywords", ""), 1),
        (" . ".join(head.headings), 1), (_text(company.get("description")), 2),
    ]  # fmt: skip
    found = Found(
        name=_name(company, head), industry=industry_of(said, asked), employees=_employees(company),
        country=_country(company), title=head.title, description=description, url=url,
    )
    return found if any((found.name, found.industry, found.employees, found.country, found.title)) else None


def _name(company: dict, head: Head) -> str:
    for name in (_text(company.get("name")), _text(company.get("legalName")), head.meta.get("og:site_name", "")):
        if 2 <= len(name) <= 120 and not _NO_NAME.fullmatch(name):
            return name
    return ""


def _company(head: Head, domain: str) -> dict:
    """The organisation of the page's JSON-LD: the one with this domain, or the only one. Of several none is taken."""
    named: dict[str, dict] = {}
    for node in _nodes(head.data):
        kinds = node.get("@type")
        kinds = {kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)}
        if kinds & ORGANISATIONS and _text(node.get("name") or node.get("legalName")):
            named.setdefault(_text(node.get("name") or node.get("legalName")).casefold(), {}).update(node)
    home = registrable_domain(domain) or domain
    own = [one for one in named.values() if registrable_domain(_host(_text(one.get("url")))) == home]
    if len(own) == 1:
        return own[0]
    return next(iter(named.values())) if len(named) == 1 else {}


def _nodes(blocks: list[str]) -> Iterator[dict]:
    """Objects of JSON-LD, those that it lists and graphs hold too; MOST_NODES at the most."""
    waiting: list = []
    for block in blocks:
        try:
            waiting.append(json.loads(block.strip().removeprefix("<!--").removesuffix("-->")))
        except (ValueError, RecursionError):
            continue
    seen = 0
    while waiting and seen < MOST_NODES:
        one = waiting.pop(0)
        seen += 1
        if isinstance(one, list):
            waiting.extend(one[:MOST_NODES])
        elif isinstance(one, dict):
            yield one
            waiting.extend(one[name] for name in ("@graph", "publisher", "mainEntity", "about") if name in one)


def _text(value) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("name", "")
    return words(value) if isinstance(value, str) else ""


def _host(url: str) -> str:
    return re.sub(r"^[a-z]+://", "", url.lower()).split("/")[0].split(":")[0]


def _employees(company: dict) -> int | None:
    """How many people work there, where one number is given. A range is left open: either end may decide about fit."""
    said = company.get("numberOfEmployees")
    if isinstance(said, dict):
        said = said.get("value")
    if isinstance(said, str) and re.fullmatch(r"\s*\d{1,7}\s*", said):
        said = int(said)
    if isinstance(said, float) and said.is_integer():
        said = int(said)
    whole = isinstance(said, int) and not isinstance(said, bool)
    return said if whole and 0 < said <= MOST_EMPLOYEES else None


def _country(company: dict) -> str:
    """The country of the address; of several addresses only what all agree on."""
    given = company.get("address")
    places = given if isinstance(given, list) else [given]
    codes = {
        country_code(_text(place.get("addressCountry")).removeprefix("http://schema.org/")) or ""
        for place in places[:50] if isinstance(place, dict) and place.get("addressCountry")
    }  # fmt: skip
    return codes.pop() if len(codes) == 1 else ""
