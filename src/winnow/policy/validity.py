"""Whether an inquiry is a valid one under the definition. Pure: what is known about it comes in as plain values."""

from winnow.policy.definition import InquiryRules

REASONS = {
    "unreachable": "no address and no telephone number by which the person can be reached",
    "masked": "the address is crossed out",
    "disposable": "the address is a throw-away one",
    "free_mail": "the address is a private one, and the definition asks for a company's",
    "mailbox": "the address is a desk's, not a person's",
    "robot": "it was sent by a machine",
    "competitor": "the company is on the list of competitors",
    "country": "the country is one that the definition refuses",
    "role": "the role is one that the definition refuses",
}


def invalid_because(
    rules: InquiryRules, *, address_kind: str, reachable: bool, disposable: bool, free_mail: bool, robot: bool = False,
    domains: tuple[str, ...] = (), company: str = "", country: str = "", seniority: str = "", title: str = "",
) -> str:
    """The first rule that the inquiry breaks, as a key of REASONS; empty when it is valid."""
    if robot and "robot" in rules.refuse:
        return "robot"
    if not reachable and "unreachable" in rules.refuse:
        return "unreachable"
    if address_kind == "masked" and "masked" in rules.refuse:
        return "masked"
    if address_kind == "mailbox" and "mailbox" in rules.refuse:
        return "mailbox"
    if disposable and "disposable" in rules.refuse:
        return "disposable"
    if free_mail and "free_mail" in rules.refuse:
        return "free_mail"
    if rules.competitors and (company.lower() in rules.competitors or any(d in rules.competitors for d in domains)):
        return "competitor"
    if country and country.upper() in rules.countries_refused:
        return "country"
    words = set(title.lower().replace("/", " ").replace(",", " ").split())
    if seniority in rules.seniorities_refused or words & rules.roles_refused:
        return "role"
    return ""
