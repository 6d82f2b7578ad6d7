"""Countries by the names people write, in English, German, French and Spanish, to ISO 3166 codes."""

import unicodedata
from functools import lru_cache

LONGEST = 100

# What the tables of names don't hold: short forms, older names, parts of countries, common slips of the pen.
_ALIASES = {
    "AE": "uae|u a e|emirates|emirate|vae|eau|emirats|dubai|abu dhabi",
    "AU": "aussie|down under",
    "BE": "belgie|belgien|belgique|belgica",
    "BA": "bosnia|bosnien|bosnie",
    "BO": "bolivia",
    "BN": "brunei",
    "BR": "brasil|brasilien|bresil",
    "CD": "dr congo|drc|democratic republic of congo|congo kinshasa|rd congo|dr kongo",
    "CG": "congo|kongo|congo brazzaville",
    "CH": "suisse|svizzera|helvetia|confederation suisse",
    "CI": "ivory coast|cote divoire|elfenbeinkueste|costa de marfil",
    "CN": "pr china|prc|mainland china|peoples republic of china|volksrepublik china|vr china|chine",
    "CV": "cape verde|kap verde",
    "CZ": "czechia|czech republic|czech|tschechei|tschechien|tschechische republik|republique tcheque|"
    "tchequie|chequia|cesko",
    "DE": "brd|frg|ger|federal republic of germany|bundesrepublik deutschland|bundesrepublik|rfa",
    "ES": "espana|espagne|spanien",
    "FM": "micronesia",
    "GB": "uk|u k|great britain|britain|gb|gbr|england|scotland|wales|northern ireland|"
    "united kingdom of great britain and "
    "northern ireland|grossbritannien|england uk|schottland|vereinigtes koenigreich|vk|royaume uni|"
    "angleterre|ecosse|"
    "grande bretagne|reino unido|inglaterra|escocia|gran bretana",
    "GR": "hellas|griechenland|grece",
    "HK": "hong kong|hongkong|hong kong sar",
    "IE": "eire|republic of ireland|republik irland|irlande|irlanda",
    "IN": "bharat",
    "IR": "iran|islamic republic of iran",
    "KP": "north korea|nordkorea|dprk|coree du nord|corea del norte",
    "KR": "korea|south korea|republic of korea|rok|suedkorea|coree|coree du sud|corea|corea del sur|"
    "korea republic of|korea south",
    "LA": "laos",
    "LY": "libya|libyen|libye|libia",
    "MD": "moldova|moldau|moldawien|moldavie",
    "MK": "macedonia|north macedonia|nordmazedonien|mazedonien|fyrom",
    "MM": "burma|birma|birmanie",
    "MO": "macau|macao",
    "MX": "mexico|mexique|mejico|mexiko",
    "NL": "holland|the netherlands|netherland|nederland|niederlande|pays bas|paises bajos|hollande|holanda",
    "NZ": "new zealand|neuseeland|nouvelle zelande|nueva zelanda|aotearoa",
    "PH": "philipines|phillipines|phillippines|filipinas",
    "PS": "palestine|palaestina|state of palestine",
    "RU": "russia|russian federation|russland|russie|rusia|russische foederation",
    "SA": "ksa|saudi|saudi arabia|kingdom of saudi arabia|saudiarabien",
    "SG": "singapur|singapour",
    "SK": "slovakia|slowakei|slovaquie|eslovaquia|slovak republic",
    "SY": "syria|syrien|syrie|siria",
    "SZ": "swaziland|eswatini",
    "TR": "turkey|turkiye|tuerkei|turquie|turquia",
    "TW": "taiwan|republic of china|roc|taiwan roc|chinese taipei",
    "TZ": "tanzania|tansania|tanzanie",
    "US": "usa|u s a|u s|us|united states|united states of america|the united states|america|states|"
    "vereinigte staaten|"
    "vereinigte staaten von amerika|amerika|etats unis|etats unis damerique|estados unidos|"
    "estados unidos de america|"
    "ee uu|eeuu|eua|e u a|unites states|united sates",
    "VA": "vatican|vatikan|holy see",
    "VE": "venezuela",
    "VN": "vietnam|viet nam",
    "XK": "kosovo",
    "ZA": "rsa|south africa|suedafrika|afrique du sud|sudafrica",
}
_THREE_LETTERS = """
    ARE:AE ARG:AR AUS:AU AUT:AT BEL:BE BGD:BD BGR:BG BHR:BH BIH:BA BLR:BY BOL:BO BRA:BR CAN:CA
    CHE:CH CHL:CL CHN:CN COL:CO CRI:CR CUB:CU CYP:CY CZE:CZ DEU:DE DNK:DK DOM:DO DZA:DZ ECU:EC
    EGY:EG ESP:ES EST:EE ETH:ET FIN:FI FRA:FR GBR:GB GEO:GE GHA:GH GRC:GR GTM:GT HKG:HK HND:HN
    HRV:HR HUN:HU IDN:ID IND:IN IRL:IE IRN:IR IRQ:IQ ISL:IS ISR:IL ITA:IT JAM:JM JOR:JO JPN:JP
    KAZ:KZ KEN:KE KHM:KH KOR:KR KWT:KW LBN:LB LIE:LI LKA:LK LTU:LT LUX:LU LVA:LV MAC:MO MAR:MA
    MCO:MC MDA:MD MEX:MX MKD:MK MLT:MT MMR:MM MNE:ME MUS:MU MYS:MY NAM:NA NGA:NG NIC:NI NLD:NL
    NOR:NO NPL:NP NZL:NZ OMN:OM PAK:PK PAN:PA PER:PE PHL:PH POL:PL PRI:PR PRT:PT PRY:PY QAT:QA
    ROU:RO RUS:RU RWA:RW SAU:SA SEN:SN SGP:SG SLV:SV SRB:RS SVK:SK SVN:SI SWE:SE THA:TH TUN:TN
    TUR:TR TWN:TW TZA:TZ UGA:UG UKR:UA URY:UY USA:US UZB:UZ VEN:VE VNM:VN ZAF:ZA ZMB:ZM ZWE:ZW
"""


@lru_cache(maxsize=2000)
def country_code(text: str | None) -> str:
    """The ISO code of a country's name or code; empty when it is none known here ("EUROPE")."""
    key = _key((text or "")[:LONGEST])
    if not key:
        return ""
    names = _names()
    return names.get(key) or names.get(key.removeprefix("the ")) or ""


def country_codes() -> frozenset[str]:
    """Every code that `country_code` can answer."""
    return frozenset(_names().values())


def _key(text: str) -> str:
    text = text.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("&", " and ")
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else "" if c in "'’" else " " for c in text).split())


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    # The telephone library ships the countries' names in many languages; `*de` there means "as in German".
    from phonenumbers.geodata.locale import LOCALE_DATA

    names: dict[str, str] = {}
    for code, by_language in LOCALE_DATA.items():
        for language in ("en", "de", "fr", "es"):
            name = by_language.get(language, "")
            if name.startswith("*"):
                name = by_language.get(name[1:], "")
            if name:
                names.setdefault(_key(name), code)
        names[_key(code)] = code
    for pair in _THREE_LETTERS.split():
        three, code = pair.split(":")
        names[_key(three)] = code
    for code, aliases in _ALIASES.items():
        for alias in aliases.split("|"):
            names[_key(alias)] = code
    return names
