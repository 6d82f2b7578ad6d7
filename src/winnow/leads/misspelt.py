"""Free-mail domains as fingers misspell them: gamil.com is no company, and mail to it reaches nobody who is meant."""

from functools import lru_cache

_BY_ANY_SLIP = {
    "gmail": ("com",), "googlemail": ("com",), "hotmail": ("com", "co.uk", "de", "fr", "es", "it"),
    "yahoo": ("com", "co.uk", "de", "fr", "es", "it", "co.in"), "outlook": ("com", "de", "fr", "es"),
    "icloud": ("com",), "protonmail": ("com",), "rediffmail": ("com",),
}  # fmt: skip
"""The large ones with their endings. Short names (gmx, web, aol) are left out: a letter more or less is a firm."""
_BY_ITS_ENDING = {
    "live": ("com",), "comcast": ("net",), "verizon": ("net",), "orange": ("fr",), "wanadoo": ("fr",),
    "laposte": ("net",), "freenet": ("de",), "t-online": ("de",),
}  # fmt: skip
"""Words of their own: ilve.com is a firm."""
_ENDINGS = {
    "com": ("con", "cpm", "vom", "xom", "comm", "cmo", "ocm", "coom", "cm", "om", "co", "cim", "conm", "clm"),
    "net": ("ner", "nte", "ney", "nett"), "de": ("ded", "ed"), "fr": ("frr",),
}  # fmt: skip
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


@lru_cache(maxsize=1)
def _misspellings() -> dict[str, str]:
    found: dict[str, str] = {}
    for names, slips in ((_BY_ANY_SLIP, _slips), (_BY_ITS_ENDING, lambda _: set())):
        for name, endings in names.items():
            for ending in endings:
                meant, wrong = f"{name}.{ending}", _ENDINGS.get(ending, ())
                for other in (*(f"{name}.{one}" for one in wrong), f"{name}{ending.replace('.', '')}.{ending}"):
                    found.setdefault(other, meant)
                for word in slips(name) - _BY_ANY_SLIP.keys():
                    for one in (ending, *wrong):
                        found.setdefault(f"{word}.{one}", meant)
    return found


def _slips(name: str) -> set[str]:
    """One slip of the finger away: two letters in each other's place, one left out, doubled, or from the next key."""
    swapped = {name[:i] + name[i + 1] + name[i] + name[i + 2 :] for i in range(len(name) - 1)}
    left_out = {name[:i] + name[i + 1 :] for i in range(1, len(name))}
    doubled = {name[:i] + name[i] + name[i:] for i in range(len(name))}
    beside = {name[:i] + key + name[i + 1 :] for i in range(1, len(name)) for key in _beside(name[i])}
    return (swapped | left_out | doubled | beside) - {name}


def _beside(letter: str) -> str:
    for row in _ROWS:
        if letter in row:
            place = row.index(letter)
            return row[max(0, place - 1) : place] + row[place + 1 : place + 2]
    return ""


def meant_by(domain: str) -> str:
    """The free-mail domain that this one most likely is meant to be; empty when it isn't one misspelt.

    Asked only of domains that are on no list of free or throw-away mail: those exist.
    """
    return _misspellings().get(domain, "")
