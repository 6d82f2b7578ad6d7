"""Whether an inquiry is a valid one under the definition. Pure: what is known about it comes in as plain values."""

from winnow.policy.definition import InquiryRules

REASONS = {
    "robot": "it was sent by a machine",
    "unreachable": "no address and no telephone number by which the person can be reached",
    "masked": "the address is crossed out",
    "no_mail": "the domain of the address takes no mail",
    "mailbox": "the address is a desk's, not a person's",
    "domain": "the domain of the address is one that the definition refuses",
    "disposable": "the address is a throw-away one",
    "free_mail": "the address is a private one, and the definition asks for a company's",
    "competitor": "the company is on the list of competitors",
    "country": "the country is none that the definition takes",
    "role": "the role is one that the definition refuses",
    "judged": "a person has said that it is not valid",
}
"""Every rule that an inquiry may break, in the order in which they are tried; and the word of a person."""

JUDGED = "judged"


def invalid_because(
    rules: InquiryRules, *, address_kind: str, reachable: bool, disposable: bool = False, free_mail: bool = False,
    no_mail: bool = False, robot: bool = False, channel: str = "", domains: tuple[str, ...] = (),
    names: tuple[str, ...] = (), country: str = "", seniority: str = "", title: str = "",
) -> str:
    """The first rule that the inquiry breaks, as a key of REASONS; empty when it is valid.

    `reachable` by address or telephone; `no_mail` when that is known, False while it is not. `names` and `domains` are
    all that the firm is called by, in small letters. What isn't known breaks no rule.
    """
    welcome = any(domain in rules.domains_accepted for domain in domains)
    broken = {
        "robot": robot,
        "unreachable": not reachable,
        "masked": address_kind == "masked",
        "no_mail": no_mail and not welcome,
        "mailbox": address_kind == "mailbox",
        "disposable": disposable and not welcome,
        "free_mail": free_mail and not welcome and channel not in rules.free_mail_by,
    }
    listed = {
        "domain": any(domain in rules.domains_refused for domain in domains),
        "competitor": any(name in rules.competitors for name in (*names, *domains)),
        "country": _refused_country(rules, country.upper()),
        "role": seniority in rules.seniorities_refused or _refused_role(rules, title),
    }
    for reason in REASONS:
        if listed.get(reason) or (reason in rules.refuse and broken.get(reason)):
            return reason
    return ""


def _refused_country(rules: InquiryRules, country: str) -> bool:
    if not country:
        return False
    return country in rules.countries_refused or (
        bool(rules.countries_accepted) and country not in rules.countries_accepted
    )


def _refused_role(rules: InquiryRules, title: str) -> bool:
    """Whether the title holds a refused role, whole words only: "working student" is refused, "studentship" is not."""
    if not rules.roles_refused or not title:
        return False
    words = "".join(sign if sign.isalnum() else " " for sign in title.lower()).split()
    said = f" {' '.join(words)} "
    return any(f" {role.replace('_', ' ')} " in said for role in rules.roles_refused)
