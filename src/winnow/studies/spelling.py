"""Words brought to the form in which they are compared: without case, accents, foreign letters and marks."""

import re
import unicodedata
from functools import lru_cache

LONGEST = 300
_LETTERS = str.maketrans({
    "ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ŋ": "ng", "ħ": "h",
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i", "й": "i",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu",
    "я": "ya", "і": "i", "ї": "yi", "є": "ye", "ґ": "g",
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k", "λ": "l",
    "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y", "φ": "f",
    "χ": "ch", "ψ": "ps", "ω": "o",
})  # fmt: skip
_WORD = re.compile(r"[^\W_]+")
# What is written two ways and meant once: Mueller and Müller, Kowalsky and Kowalski.
_ALIKE = (("ae", "a"), ("oe", "o"), ("ue", "u"))
_SOUNDS = (
    ("sch", "s"), ("tsch", "s"), ("ch", "k"), ("sh", "s"), ("ph", "f"), ("th", "t"), ("ck", "k"), ("dt", "t"),
    ("gh", "g"), ("wh", "v"), ("qu", "kv"), ("x", "ks"), ("c", "k"), ("q", "k"), ("z", "s"), ("w", "v"), ("y", "i"),
    ("j", "i"), ("d", "t"), ("b", "p"), ("g", "k"), ("v", "f"), ("h", ""), ("m", "n"),
)  # fmt: skip


def word_set(text: str) -> frozenset[str]:
    """The words of a list written as text."""
    return frozenset(text.split())


@lru_cache(maxsize=20_000)
def folded(text: str) -> str:
    """`Jürgen  O'Neill-Łoś` -> `jurgen oneill los`: words in small Latin letters and figures, one space between."""
    text = unicodedata.normalize("NFKC", text[:LONGEST]).casefold()
    text = "".join(c for c in unicodedata.normalize("NFKD", text.translate(_LETTERS)) if not unicodedata.combining(c))
    return " ".join(_WORD.findall(re.sub(r"['’`´]", "", text.translate(_LETTERS))))


@lru_cache(maxsize=20_000)
def loose(text: str) -> str:
    """Folded, and the ways of writing an umlaut made one: Mueller, Müller and Muller are `muller`."""
    text = folded(text)
    for written, meant in _ALIKE:
        text = text.replace(written, meant)
    return text


@lru_cache(maxsize=20_000)
def sound(word: str) -> str:
    """A code that words which sound alike share, in English and German about; empty for an empty word.

    The first letter stays, then consonants by how they sound, without doubles, at most five.
    """
    text = loose(word).replace(" ", "")
    if not text:
        return ""
    for written, heard in _SOUNDS:
        text = text.replace(written, heard)
    text = text or "h"
    code = text[0]
    for letter in text[1:]:
        if letter not in "aeiou" and letter != code[-1]:
            code += letter
    return code[:5]


def digits(text: str) -> str:
    """The figures of a text."""
    return "".join(c for c in text[:LONGEST] if c.isdecimal() and c.isascii())
