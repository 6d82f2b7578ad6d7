"""Which field a column is likely to be, by its name and what stands in it, and which of our words its values are."""

import re

from winnow.intake.fields import AMOUNTS, COUNTS, DAYS, FIELDS, MOMENTS, YES_OR_NO, likeness, plain
from winnow.intake.profiles import Profile, profiles_of

ENOUGH = 40
_MAY_BE_NUMBERED = ("external_id", "product", "owner", "developer", "form", "campaign", "account")
SAMPLE = 500
_DISTINCTIVE = {
    "inquiries": ("captured_at", "source", "channel", "form", "message"),
    "people": ("title", "department", "seniority"),
    "accounts": ("name", "parent", "industry", "employees", "domain"),
    "products": ("name", "price", "line"),
    "activities": ("person", "kind", "happened_at", "content"),
    "opportunities": ("closed_on", "engaged_on", "won", "amount", "inquiry", "developer", "account", "stage"),
    "costs": ("campaign", "on", "amount", "what"),
}
_CHANNELS = {
    "chat": "chat|messenger|whatsapp",
    "referral": "referral|referred|recommend.*|empfehlung|recommandation|recomenda.*|existing (client|customer)|"
    "personal contact|word of mouth|bestandskunde",
    "sales_prospecting": "prospecting|cold call|outbound|kaltakquise|field sales",
    "email": "e ?mails?|newsletter|mailing|courriel|correo",
    "direct_mail": "direct mail|postal|letter|brief|mailer",
    "phone": "calls?|phone|telephone|telefon|telefono|anruf|appel|llamada|hotline|sms",
    "event": "events?|trade ?shows?|fair|messe|salon|feria|conference|webinars?|seminar|booth|exhibition|congress",
    "purchased_list": "purchased|bought list|list|liste|lista|data ?base",
    "social": "social|facebook|linkedin|twitter|instagram|xing|youtube|quora|tiktok|reddit|soziale medien|"
    "redes sociales",
    "search": "search|seo|sem|google|bing|ppc|cpc|adwords|organic|suche|recherche|busqueda|just ?dial|duckduckgo|yahoo",
    "advertising": "advert.*|ads?|display|banner|remarketing|retargeting|publicit.*|anzeige|werbung",
    "print": "magazine|newspaper|print|zeitung|zeitschrift|journal|revista",
    "pr": "press|pr|presse|prensa|media coverage|news",
    "partner": "partners?|reseller|affiliate|distributor|haendler|socio",
    "direct": "direct( traffic)?|direkt|type in|walk in",
    "web": "web|web ?site|webseite|homepage|landing page.*|online|forms?|formular|blog|api|site",
    "unknown": "unknown|unbekannt|inconnu|desconocido",
}
"""Asked in this order: a chat that an advert led to is a chat."""
_SALUTATIONS = (
    ",mr,mrs,ms,miss,mx,madam,dr,prof,prof dr,dr ing,dipl ing,ing,mag,herr,frau,herr dr,frau dr,herr prof,frau prof,"
    "fraeulein,divers,m,mme,mlle,monsieur,madame,sr,sra,srta,senor,senora,don,dona,"
)


def channel_of(text: str) -> str:
    """Our word for the channel that a source's name speaks of; empty when it says none."""
    name = plain(text[:120])
    for channel, pattern in _CHANNELS.items():
        if re.search(rf"\b({pattern})\b", name):
            return channel
    return ""


def suggested(table, kind: str) -> tuple[dict[str, tuple[str, ...]], dict[str, dict[str, object]]]:
    """Columns with their fields, and the values that have a word of ours."""
    profiles = profiles_of(table.preview(SAMPLE), table.columns)
    return assigned(profiles, kind), {}


def assigned(profiles: list[Profile], kind: str) -> dict[str, tuple[str, ...]]:
    """The best column for each field, each column for one field; `source` is also the `channel` if there's no other."""
    found = {name: (field,) for name, field, _ in best_pairs(profiles, kind)}
    fields = {field: name for name, (field,) in found.items()}
    if kind == "inquiries" and "source" in fields and "channel" not in fields:
        profile = next(profile for profile in profiles if profile.name == fields["source"])
        known = sum(count for word, count in profile.words.items() if channel_of(word))
        if known * 2 >= profile.filled > 0:
            found[fields["source"]] = ("source", "channel")
    order = {name: i for i, name in enumerate(profile.name for profile in profiles)}
    found = dict(sorted(found.items(), key=lambda item: order[item[0]]))
    # `Business Phone` and `Mobile Phone`: the first that is filled counts, the better one first.
    for field, kind in (("email", "email"), ("phone", "phone")):
        if field in fields:
            more = [one.name for one in profiles if one.name not in found and one.type == kind]
            found |= {name: (field,) for name in more if likeness(field, plain(name)) > 40}
    return found


def best_pairs(profiles: list[Profile], kind: str) -> list[tuple[str, str, int]]:
    """(column, field, likeness) without a column or a field twice, best first."""
    scores = []
    for place, profile in enumerate(profiles):
        name = plain(profile.name)
        for rank, field in enumerate(FIELDS[kind]):
            score = likeness(field, name)
            score += _content(field, profile, score)
            if score >= ENOUGH:
                scores.append((-score, place, rank, profile.name, field))
    pairs, columns, fields = [], set(), set()
    for score, _, _, column, field in sorted(scores):
        if column not in columns and field not in fields:
            columns.add(column)
            fields.add(field)
            pairs.append((column, field, -score))
    return pairs


def _content(field: str, profile: Profile, named: int) -> int:
    """What the values say for a field or against it."""
    kind = profile.type
    if kind == "empty":
        return -60
    if field == "email":
        return 60 if kind == "email" else _by_its_name(profile, named, "email") if named >= 90 else -80
    if field == "phone":
        if kind == "phone" or (named and kind in ("integer", "text", "category")):
            return 50 if kind == "phone" else -20
        return -100
    if field in MOMENTS | DAYS:
        if kind in ("integer", "decimal", "phone") and named >= 90 and all(map(_is_count, profile.words)):
            return -10
        return 0 if kind == "date" else _by_its_name(profile, named, "date")
    if field in AMOUNTS:
        return 0 if kind in ("integer", "decimal", "boolean") else _by_its_name(profile, named, "integer", "decimal")
    if field in COUNTS:
        return 0 if kind == "integer" else -10 if any(word[0].isdigit() for word in profile.words) else -100
    if field in YES_OR_NO:
        few = kind == "boolean" or (kind == "category" and len(profile.words) <= 3)
        return 0 if few else _by_its_name(profile, named, "boolean")
    if field in ("external_id", "inquiry", "person"):
        if field == "external_id" and (profile.kinds["missing"] or _repeats(profile)):
            return -100
        return -100 if kind in ("date", "decimal") else 0
    if field == "country":
        from winnow.leads.countries import country_code

        known = sum(count for word, count in profile.words.items() if country_code(word))
        return 10 if known * 2 > profile.filled else -100
    if field == "title" and named:
        salutations = sum(map(profile.words.get, filter(_is_salutation, profile.words)))
        if 2 * salutations > profile.filled:
            return -100
    if kind in ("date", "email", "boolean") and field not in ("owner", "developer", "disposition"):
        return -70
    if field == "domain":
        return 20 if kind == "url" else 0 if any("." in word for word in profile.words) else -100
    if kind == "decimal" or (kind == "integer" and field not in _MAY_BE_NUMBERED):
        return -70
    return 0


def _is_count(word: str) -> bool:
    """Days since 1899 as spreadsheets count, or seconds since 1970 in our time."""
    return re.fullmatch(r"[2-5]\d{4}(\.\d+)?|1\d{9}(\d{3})?", word) is not None


def _is_salutation(word: str) -> bool:
    return f",{plain(word)}," in _SALUTATIONS


def _by_its_name(profile: Profile, named: int, *kinds: str) -> int:
    """A column that is called so, and holds such values in part: those that aren't are rejected, not passed over."""
    return -20 if named >= 90 and 4 * sum(profile.kinds[kind] for kind in kinds) >= profile.filled else -100


def _repeats(profile: Profile) -> bool:
    return sum(profile.words.values()) > 1.02 * len(profile.words) and not profile.more_words


def likely_kind(profiles: list[Profile]) -> str:
    """Which rows these are, by the fields that set one kind apart from the others."""
    totals = {}
    for kind, distinctive in _DISTINCTIVE.items():
        pairs = best_pairs(profiles, kind)
        totals[kind] = sum(score * (2 if field in distinctive else 1) for _, field, score in pairs)
        if not any(field in distinctive for _, field, _ in pairs):
            totals[kind] *= 0.7 if kind == "inquiries" else 0.8
        if kind == "costs" and not {"campaign", "amount"} <= {field for _, field, _ in pairs}:
            totals[kind] = 0
    return max(totals, key=totals.get)
