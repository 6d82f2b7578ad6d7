"""The words of job titles as `titles.toml` lists them: folded, with their endings and compounds understood."""

import re
import tomllib
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

LONGEST_WORD = 40
MOST_TOLD_APART = 100_000
"""Words that are kept once they were looked up."""

RANKS = {"junior": 0, "professional": 1, "senior": 2, "manager": 3, "director": 4, "vp": 5, "executive": 6}
DEPARTMENTS = (
    "marketing", "sales", "business_development", "purchasing", "hr", "finance", "legal", "customer_support",
    "consulting", "it", "engineering", "product", "operations", "administration", "project_management",
    "general_management", "other",
)
"""In the order in which one stands for all where a title names several: whom one would talk to comes first, and what
is said of nearly everything (projects, administration, the whole firm) last."""


class Sense(NamedTuple):
    """What one entry says. `kind` is role, field, hint or one of the marks."""

    kind: str
    seniority: str = ""
    department: str = ""
    rank_doubt: bool = False
    department_doubt: bool = False


NOISE = Sense("noise")
_BREAKS = re.compile(r"\s+[-–—|/]+(?:\s+|$)|\s*(?:\|\||//)\s*|[–—]")
_ENDINGS_OF_GENDER = re.compile(
    r"(?<=[^\W\d_]{3})(?:[*:_·•.]|/-?|\(-?)(?:in|innen|e|a|ne|euse|trice|rice|ere|frau|r)\)?(?![^\W_]|-)"
)
_INITIALS = re.compile(r"(?<![^\W_])((?:[^\W\d_]\.){2,})")
_TOKENS = re.compile(r"[^\W_]+|[/|,;&+():•·@]")
_FOLDED = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "’": "'", "`": "'", "´": "'"})


def tokens_of(text: str) -> list[str]:
    """Words and separators of a title, folded: small, without accents, `ae` as `ä`, without endings of gender."""
    text = text.lower()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(_FOLDED))
        text = "".join([c for c in text if not unicodedata.combining(c)])
    if "e" in text:
        text = text.replace("ae", "a").replace("oe", "o").replace("ue", "u")
    if "." in text:
        text = _INITIALS.sub(lambda found: found[1].replace(".", "") + " ", text)
    text = _ENDINGS_OF_GENDER.sub("", _BREAKS.sub(" | ", text))
    return _TOKENS.findall(text)


class Words:
    """The lists, ready to be asked: `single` by word, `phrases` by first word, longest first."""

    def __init__(self, lists: dict):
        self.single: dict[str, Sense] = {}
        self.phrases: dict[str, list[tuple[tuple[str, ...], Sense]]] = {}
        self.heads: dict[str, Sense] = {}
        for name, text in lists["marks"].items():
            kind, _, more = name.partition("_")
            if kind not in ("noise", "sentence"):
                rank = "junior" if kind in ("learning", "assistant") else ""
                self._add_all(text, Sense(kind, rank, rank_doubt=more == "perhaps", department_doubt=more == "hand"))
        for group in lists["roles"]:
            doubts = group.get("doubt", "")
            sense = Sense(
                "role", group["seniority"], group.get("department", ""), "seniority" in doubts, "department" in doubts
            )
            for language in ("en", "de", "fr", "es", "more"):
                self._add_all(group.get(language, ""), sense)
        for kind, section in (("field", lists["fields"]), ("hint", lists["hints"])):
            for department, words in section.items():
                sense = Sense(kind, "", department, department_doubt=kind == "hint")
                for text in words.values():
                    self._add_all(text, sense)
        self._add_all(lists["marks"]["noise"], NOISE)
        self.sentence = frozenset(tokens_of(lists["marks"]["sentence"])) - {","}
        self.sentence_alone = frozenset(tokens_of(lists["marks"]["sentence_alone"])) - {","}
        self.heads = {
            word: sense for word, sense in self.single.items()
            if len(word) > 4 and sense.kind in ("role", "learning", "assistant")
        }
        self.stems = {
            word: sense for word, sense in self.single.items() if len(word) > 5 and sense.kind == "field"
        }
        self.openings: dict[str, list[tuple[tuple[str, ...], Sense]]] = {}
        for first, found in self.phrases.items():
            for form in {first, *_stems(first)}:
                self.openings.setdefault(form, []).extend(found)
        self.beginning = lru_cache(maxsize=MOST_TOLD_APART)(self._beginning)
        self.senses = lru_cache(maxsize=MOST_TOLD_APART)(self._senses)

    def _add_all(self, text: str, sense: Sense) -> None:
        for entry in text.split(","):
            words = tuple(tokens_of(entry.strip()))
            if len(words) == 1:
                self.single.setdefault(words[0], sense)
            elif words and all(words != known for known, _ in self.phrases.get(words[0], ())):
                self.phrases.setdefault(words[0], []).append((words, sense))

    def _senses(self, word: str) -> tuple[Sense, ...]:
        """What one word says, by itself, by its stem, or by its parts; empty when it is unknown."""
        if sense := self._bare(word):
            return (sense,)
        return self._compound(word) if 6 < len(word) <= LONGEST_WORD else ()

    def _bare(self, word: str) -> Sense | None:
        if (sense := self.single.get(word)) is not None:
            return sense
        if word.isdigit():
            return NOISE
        for stem in _stems(word):
            if (sense := self.single.get(stem)) is not None:
                return sense
        return None

    def _beginning(self, first: str, second: str) -> list[tuple[tuple[str, ...], Sense]]:
        """The phrases that begin with these two words, in whatever form; longest first."""
        openings = self.openings
        found = [
            entry for form in (first, *_stems(first)) if form in openings
            for entry in openings[form] if same(second, entry[0][1])
        ]  # fmt: skip
        if not found:
            return found
        # As it is written comes before what differs in an ending; a tie is broken by the word, never by chance.
        return sorted(set(found), key=lambda entry: (-len(entry[0]), entry[0][:2] != (first, second), entry))

    def _compound(self, word: str) -> tuple[Sense, ...]:
        """`vertriebsleiter`: the field of the first part, and what the last part says."""
        for start in range(2, len(word) - 3):
            tail = word[start:]
            head = self.heads.get(tail) or next((self.heads[s] for s in _stems(tail) if s in self.heads), None)
            if head is not None:
                first = self._first_part(word[:start])
                if first is not None and first is not NOISE:
                    return (first, head)
                if start < 3:
                    continue  # `in-dependiente`: too little to be a word of its own
                # A `Zollbeamter` sits at no desk, and a `Malermeister` may be his own only man.
                vague = head.kind == "assistant" or head.department == "administration"
                doubtful = vague or tail.startswith("meister") or head.seniority in ("director", "executive")
                if first is None and (len(tail) < 6 or doubtful):
                    vague = vague or head.department == "general_management" or head.department_doubt
                    head = head._replace(rank_doubt=True, department_doubt=vague)
                return (head,)
        return self._fields_of(word)

    def _first_part(self, part: str) -> Sense | None:
        forms = [part, *(part[: -len(joint)] for joint in ("s", "n", "en", "er", "e") if part.endswith(joint))]
        for form in forms:
            if (sense := self.single.get(form)) is not None and sense.kind in _FIRST:
                return sense
        return next((sense for form in forms for sense in self._fields_of(form)), None)

    def _fields_of(self, word: str) -> tuple[Sense, ...]:
        """The fields that a word begins and ends with: `vertriebsentwicklung` is of sales and of development."""
        begins = next((self.stems[word[:end]] for end in range(len(word), 5, -1) if word[:end] in self.stems), None)
        if begins is None and word.endswith("betrieb"):
            return ()  # a `Malerbetrieb` is a firm
        ends = next((self.stems[word[start:]] for start in range(2, len(word) - 5) if word[start:] in self.stems), None)
        return tuple(sense for sense in (begins, ends) if sense is not None)


@lru_cache(maxsize=MOST_TOLD_APART)
def same(one: str, other: str) -> bool:
    """Whether two words differ in their ending of gender, number or case only."""
    return not {one, *_stems(one)}.isdisjoint((other, *_stems(other)))


_FIRST = ("field", "hint", "noise", "senior", "junior", "deputy", "former")
# Endings of gender, number and case, and what stands there in the lists.
_STEMS = (
    ("innen", ""), ("in", ""), ("s", ""), ("es", ""), ("en", ""), ("er", ""), ("e", ""), ("n", ""), ("trice", "teur"),
    ("trices", "teur"), ("euse", "eur"), ("euses", "eur"), ("ienne", "ien"), ("iere", "ier"), ("a", ""), ("a", "o"),
    ("as", "o"), ("os", "o"), ("a", "e"), ("as", ""), ("en", "er"), ("erin", "er"), ("er", "e"), ("ere", "er"),
    ("ive", "if"), ("in", "e"),
)


_ENDINGS = tuple({ending for ending, _ in _STEMS})


@lru_cache(maxsize=MOST_TOLD_APART)
def _stems(word: str) -> tuple[str, ...]:
    if not word.endswith(_ENDINGS):
        return ()
    return tuple(
        word[: -len(ending)] + other for ending, other in _STEMS
        if word.endswith(ending) and len(word) - len(ending) + len(other) > 3
    )  # fmt: skip


@lru_cache(maxsize=1)
def words() -> Words:
    """The lists that Winnow brings."""
    return Words(tomllib.loads((Path(__file__).parent / "titles.toml").read_text(encoding="utf-8")))
