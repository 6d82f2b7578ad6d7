"""What the words of a post say of who wrote it. Weak evidence: there are more names and languages than we know."""

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from winnow.leads.addresses import is_disposable, is_free_mail, normalise_email

MOST_LINKS = 3
ODD_NAMES = (3, 6, 9)  # points of one, two and more fields of a name that could be typed at random
FEW_AMONG, FEW = 12, 0.1  # of so many words at least one in ten is such a word in any sentence; most are, of English
SALAD = ((20, 7), (13, 6), (8, 4))  # from so many words on without one that every sentence has, so many points
NAMES = ("first_name", "last_name", "full_name")
PLAIN = (*NAMES, "company", "title", "phone", "country", "industry", "product")
"""Fields in which nobody writes a link."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One piece of evidence: points for a machine (negative: for a person), and what it is in words."""

    code: str
    points: float
    words: str


LINK = re.compile(r"(?i)(?:https?://|www\.)([a-z0-9.-]{3,253})|\b([a-z0-9-]{2,60}\.(?:com|net|org|info|biz|xyz|top|shop"
                  r"|online|site|club|store|icu|live|click|link|pro|vip|ru|cn|tk|ml|ga|cf))\b/?")
_MARKUP = re.compile(r"(?i)<\s*(?:a|script|iframe|img|div|b|h\d)\b|\[(?:url|link|img|b)[=\]]|href\s*=")
_ADDRESSES = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+")
_WORD = re.compile(r"[^\W\d_]+")
_VOWELS = frozenset("aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýÿāăąēĕėęěīĭįıōŏőœūŭůűųyươ")
_CLUSTERS = re.compile(r"tsch|schtsch|szcz|sch|tch|ch|sh|th|ph|ck|tz|cz|sz|rz|dz|dzs|gh|ng|kh|zh|ts|ll|ss|st|tt|mc|qu")
_FUNCTION_WORDS = frozenset(re.findall(r"\S+", """
    the a an and or of to in for on with is are we you i our your it this that have be can do at from as please my
    der die das und oder von zu in für auf mit ist sind wir sie ich unser ihr es ein eine einen haben kann bitte den dem
    le la les et ou de du des en pour sur avec est sont nous vous je notre votre il ce une un que qui pas au
    el los las y o del por con es son nosotros usted yo su nuestro una uno para se no lo como me
    il lo gli e di da per con è sono noi voi io che una un non mi si del della
    de het een en of van te voor op met is zijn wij u ik ons uw dat niet
    o a os as e ou de do da em para com é são nós você eu um uma que não por
    i oraz lub w na z do jest są my ja nasz to się nie czy po
    og eller af til på med er vi jeg det en et som ikke och att för är som inte jag ett
    yang dan untuk dengan di ke dari kami saya anda tidak ini itu adalah ada akan bisa apakah mohon
    ja on ei että se me he oli mutta kun jos niin myös meillä teidän voitteko hei kiitos ning või kas meie teie mis kui
    ir ar un no par mēs jūs uz kad bet ne aš mes jums mums yra dėl dhe në për me është nga të po ju jemi
    za sa od do je su smo ste mi vi kako ali ili može molim pri ali ki smo pre din la cu pe care
    na ya wa kwa ni za katika sisi wewe ang ng sa mga po ako kami và là của cho với chúng tôi không có được
    je a v na se s že to jsme prosím ve és vagy az egy hogy nem şi sau este un o nu ve bir bu için mi
"""))
_SPAM = (
    (r"\b(?:seo|backlinks?|link building|guest post|domain authority|first page of google|google ranking)\b", "SEO"),
    (r"\b(?:casino|betting|slots?|jackpot|poker)\b", "gambling"),
    (r"\b(?:viagra|cialis|pharmacy|pills|weight loss|cbd)\b", "pills"),
    (r"\b(?:crypto|bitcoin|btc|forex|binary options|passive income|investment opportunit\w+|double your)\b", "money"),
    (r"\b(?:earn|make) (?:\$|€)?\d|\b(?:payday|personal|business) loans?\b|\bper (?:day|week) from home\b", "money"),
    (r"\b(?:sex|porn|dating|hot girls|onlyfans|escorts?)\b", "dating"),
    (r"\b(?:unsubscribe|opt.?out|bulk mail|million (?:emails|contacts)|contact form (?:blast|submission)s?"
     r"|your website'?s? (?:traffic|ranking)|boost your (?:sales|traffic))\b", "bulk offers"),
)
_SPAM = tuple((re.compile(pattern, re.IGNORECASE), what) for pattern, what in _SPAM)


def of_words(said: dict) -> list[Sign]:
    """The signs in what somebody typed; `said` are the fields with their texts."""
    texts = {name: str(value) for name, value in said.items() if isinstance(value, str) and value.strip()}
    found = _names(texts)
    message = texts.get("message", "")
    linked = [name for name in PLAIN if name in texts and (LINK.search(texts[name]) or _MARKUP.search(texts[name]))]
    if linked:
        found.append(Sign("link in a name", 8, f"a link stands in the field {linked[0].replace('_', ' ')}"))
    found += _links(message, texts)
    subjects = [what for pattern, what in _SPAM if pattern.search(message)]
    if subjects:
        words = f"the message is about {' and '.join(dict.fromkeys(subjects))}"
        found.append(Sign("subject", min(len(subjects), 4), words))
    if any(_mixed(word) for text in texts.values() for word in _WORD.findall(text[:2000])):
        found.append(Sign("mixed letters", 4, "words mix letters of two alphabets that look alike"))
    found += _language(message)
    domain = normalise_email(texts.get("email", "")).domain
    if domain and is_disposable(domain):
        found.append(Sign("throw-away address", 3, f"{domain} gives addresses to throw away"))
    return found


def own_domains(texts: dict) -> set[str]:
    """Domains that somebody may well link to: that of the address and the company's."""
    found = {normalise_email(str(texts.get("email", ""))).domain, str(texts.get("domain", "")).lower()}
    return {one.removeprefix("www.") for one in found if one and not is_free_mail(one)}


def foreign_links(texts: dict) -> list[str]:
    """Hosts that the message links to and that are not the sender's own."""
    own = own_domains(texts)
    hosts = [
        (one[1] or one[2]).lower().strip(".-").removeprefix("www.")
        for one in LINK.finditer(str(texts.get("message", "")))
        if not str(texts["message"])[max(0, one.start() - 1):one.start()].endswith("@")
    ]
    return [host for host in hosts if not any(host == mine or host.endswith(f".{mine}") for mine in own)]


def _links(message: str, texts: dict) -> list[Sign]:
    found = []
    foreign = foreign_links(texts)
    if len(foreign) > MOST_LINKS:
        found.append(Sign("links", 10, f"the message has more than {MOST_LINKS} links"))
    elif len(foreign) > 1:
        found.append(Sign("links", 3, f"the message has {len(foreign)} links"))
    elif foreign:
        found.append(Sign("links", 1, "the message has a link"))
    if _MARKUP.search(message):
        found.append(Sign("markup", 5, "the message is written in HTML or in the code of a forum"))
    return found


def _names(texts: dict) -> list[Sign]:
    found = []
    odd = [name for name in (*NAMES, "company") if name in texts and _gibberish(texts[name])]
    local = texts.get("email", "").partition("@")[0]
    if len(odd) > 1 and _gibberish(local):
        odd.append("email")
    if odd:
        shown = ", ".join(f"“{texts[name][:30]}”" for name in odd[:2])
        found.append(Sign("odd names", ODD_NAMES[min(len(odd), 3) - 1], f"{shown} could be typed at random"))
    first, last = texts.get("first_name", "").casefold().strip(), texts.get("last_name", "").casefold().strip()
    if len(first) > 3 and first == last:
        found.append(Sign("odd names", 2, "first and last name are the same word"))
    return found


def _gibberish(text: str) -> bool:
    """Whether a name in Latin letters looks like keys hit at random: capitals inside words, no vowels, no syllables."""
    for word in _WORD.findall(text[:120]):
        if not _latin(word) or len(word) < 6:
            continue
        inner = re.sub(r"^(?:Mc|Mac|De|Di|La|Le|Van|Von|O|Fitz)(?=[A-Z])", "", word)
        turns = sum(a.islower() and b.isupper() for a, b in pairwise(inner))
        if turns >= 2 and not inner.isupper():
            return True
        small = "".join(c for c in unicodedata.normalize("NFKC", word.lower()))
        if len(small) >= 7 and not any(c in _VOWELS for c in small):
            return True
        run = longest = 0
        for c in _CLUSTERS.sub("c", small):
            run = 0 if c in _VOWELS else run + 1
            longest = max(longest, run)
        if longest >= 5:
            return True
    return bool(re.search(r"[a-z]\d[a-z]\d", text.lower()) and re.fullmatch(r"[A-Za-z0-9]{8,}", text.strip()))


def _latin(word: str) -> bool:
    return all(unicodedata.name(c, "").startswith("LATIN") for c in word)


def _mixed(word: str) -> bool:
    """Cyrillic or Greek letters inside a Latin word, as who hides a word from a filter writes."""
    if word.isascii() or len(word) < 3:
        return False
    scripts = {unicodedata.name(c, "?").partition(" ")[0] for c in word}
    return "LATIN" in scripts and bool(scripts & {"CYRILLIC", "GREEK"})


def _language(message: str) -> list[Sign]:
    words = _WORD.findall(_ADDRESSES.sub(" ", message[:4000].lower()))
    latin = [word for word in words if _latin(word)]
    if len(latin) >= 8 and len(latin) > 0.9 * len(words) and not _FUNCTION_WORDS & set(latin):
        points = next(points for least, points in SALAD if len(latin) >= least)
        return [Sign("no language", points, "the message is no sentence of a language that we know")]
    known = sum(word in _FUNCTION_WORDS for word in latin)
    if len(set(latin)) >= FEW_AMONG and message.isascii() and known < FEW * len(latin):
        return [Sign("no language", 3, "the message has hardly a word that every sentence has")]
    long = [word for word in latin if len(word) > 5]
    odd = sum(_gibberish(word) for word in long)
    if odd > 1 and odd > len(long) / 3:
        return [Sign("odd message", 5, "the message could be typed at random")]
    if latin and len(latin) <= 2 and len(message.strip()) >= 8 and " " not in message.strip() and _gibberish(message):
        return [Sign("odd message", 5, "the message could be typed at random")]
    return []
