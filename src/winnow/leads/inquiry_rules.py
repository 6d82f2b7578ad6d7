"""The valid-inquiry rules of a definition, asked of what came in: a batch at a time, as many come as an import has."""

from dataclasses import replace
from functools import lru_cache

from winnow.leads.addresses import company_domain, is_disposable, is_free_mail, normalise_phone
from winnow.leads.companies import normalise_company
from winnow.leads.maildomain import MailDomain
from winnow.policy.definition import InquiryRules
from winnow.policy.validity import invalid_because


class InquiryJudge:
    """Judges inquiries under one definition's rules; knows which of the batch's mail domains take no mail."""

    def __init__(self, rules: InquiryRules, claims: list):
        self.rules = _with_names(rules)
        self._dead: set[str] = set()
        if "no_mail" in rules.refuse:
            self._dead = MailDomain.taking_none({claim.address.domain for claim in claims})
        self._seen: dict[tuple, str] = {}
        self._by_domain = bool(rules.domains_refused or rules.domains_accepted or rules.competitors)

    def invalid_because(self, one, claim) -> str:
        """Which rule the inquiry breaks; empty when it is valid. Who has a telephone can be reached without mail."""
        address, domain = claim.address, claim.address.domain
        dead = domain in self._dead
        named = bool(one.email or one.phone or one.first_name or one.last_name)
        by_phone = bool(one.phone) and (dead or not address.reaches) and (
            normalise_phone(one.phone, one.country or None).reaches
        )
        names = ()
        if self.rules.competitors and one.company:
            names = (one.company.strip().lower(), normalise_company(one.company))
        domains = ()
        if self._by_domain:
            domains = tuple(filter(None, (domain, company_domain(domain), one.domain)))
        known = (
            address.kind, address.reaches or not named or by_phone, bool(domain) and is_disposable(domain),
            bool(domain) and is_free_mail(domain), dead and not by_phone, one.robot, one.channel, domains, names,
            one.country, one.title, claim.seniority,
        )  # fmt: skip
        reason = self._seen.get(known)
        if reason is None:  # of a list most rows are alike in all that counts
            reason = self._seen[known] = invalid_because(self.rules, **dict(zip(_ASKED, known, strict=True)))
        return reason


_ASKED = (
    "address_kind", "reachable", "disposable", "free_mail", "no_mail", "robot", "channel", "domains", "names",
    "country", "title", "seniority",
)  # fmt: skip


@lru_cache(maxsize=8)
def _with_names(rules: InquiryRules) -> InquiryRules:
    """The rules, with competitors by their bare names besides: "Acme" is Acme GmbH, too."""
    bare = {normalise_company(name) for name in rules.competitors} - {""}
    return replace(rules, competitors=rules.competitors | bare)
