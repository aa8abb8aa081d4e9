"""What a text says, as terms that can be counted, whether it is English, Danish or German.

A word's terms are its stem, what it means (`words.json`: `refusion`, `Erstattung` and `money back` all mean refund),
and, where it is a compound, what its two parts say. An address, a file's name, an id or a formula is a term by its
kind, whatever it is. Stems are found by rule, and not by a dictionary: for a search it is enough that the forms of a
word come to the same.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from preo_mcp.text.folding import folded

WORDS: Final = "words.json"
"""Beside this module: for each meaning the words and phrases that have it; `*` ends the beginning of a word."""

SPELT_OUT: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "ß": "ss"})
"""As they are typed without these keys; folding would make `ändern` and `andern` the same."""

STEM: Final = 4
"""Letters that a stem keeps at least."""
PART: Final = 4
"""Letters that a part of a compound has at least."""
BEGINNING: Final = 3
"""Letters that the beginning of a word has at least, where it tells what the word means."""
BETWEEN: Final = "sen"
"""Letters that join the parts of a compound: Bestellung·s·datei."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that is recognised by its form, and what it then means."""

    form: re.Pattern[str]
    meanings: tuple[str, ...]


KINDS: Final = (
    Kind(re.compile(r"\S+@\S+\.\w+"), ("an_address", "customer")),
    Kind(re.compile(r"https?://\S+"), ("link",)),
    Kind(re.compile(r"\b[\w-]+\.(?:csv|xlsx?|ods|tsv)\b"), ("a_sheet", "sheet", "file")),
    Kind(re.compile(r"\b[\w-]+\.(?:png|jpe?g|gif|svg|webp|pdf|docx?)\b"), ("a_document", "image", "file")),
    Kind(
        re.compile(r"\b[\w.]+\([^)]*\)\s*[<>=!&|]|\w\(\w+, |\b\w+\.\w[\w.]*\s*[<>=!]|==|&&|\|\|"),
        ("a_formula", "condition"),
    ),
    Kind(re.compile(r"\bpur_\w+"), ("ticket",)),
    Kind(re.compile(r"\brfd_\w+"), ("refund",)),
    Kind(re.compile(r"\bimp_\w+|\bsrc_\w+"), ("import",)),
    Kind(re.compile(r"\bfil_\w+"), ("file",)),
    Kind(re.compile(r"\+\d[\d ]{6,}"), ("phone", "customer")),
    Kind(
        re.compile(r"\b\d{1,2}[:.]\d\d\b|\bkl\.? ?\d{1,2}\b|\b\d{1,2} ?(?:uhr|am|pm)\b|\bat \d{1,2}\b"),
        ("a_time", "schedule"),
    ),
    Kind(re.compile(r"#?\b\d{4,}\b"), ("a_number",)),
)


ANY_KIND: Final = re.compile(r"[@_+(=|&\d]|\.\w|://")
"""What a text has at least where there is anything of these in it."""


def words(text: str) -> list[str]:
    """Return the words of a text, without case and accents."""
    return re.findall(r"[a-z0-9]+", folded(text.lower().translate(SPELT_OUT)))


ENDINGS: Final = frozenset(
    words("ernes ungen enes erne ene ende ung lich igen ing ings est ets ern ens ers ies ed es er en et em st ly")
    + words("e n s y")
)
"""Of inflected words of the three languages."""
LONGEST: Final = max(map(len, ENDINGS))


@cache
def stem(word: str) -> str:
    """Return what the forms of a word have in common."""
    for length in range(min(LONGEST, len(word) - STEM), 0, -1):
        if word[-length:] in ENDINGS:
            word = word[:-length]
            break
    doubled = len(word) > STEM and word[-1] == word[-2]  # stopp·ed, billett·er
    return word[:-1] if doubled else word


def kinds(text: str) -> tuple[set[str], str]:
    """Return what things in a text mean by their kind, and the text without them."""
    meant = set[str]()
    if ANY_KIND.search(text):
        text = text.lower()
        for kind in KINDS:
            rest = kind.form.sub(" ", text)
            if rest != text:
                meant.update(kind.meanings)
                text = rest
    return meant, text


class Meanings:
    """What words mean.

    Args:
        known: Words that are used of tools; a compound is taken apart into such ones.
    """

    def __init__(self, known: Set[str]) -> None:
        self._known = known
        self._lexicon = _read_lexicon()

    def of_words(self, said: Iterable[str]) -> Iterator[str]:
        """Yield what words mean, each by itself."""
        for word in said:
            yield from self._lexicon.whole.get(stem(word), ())
            if word[:BEGINNING] in self._lexicon.heads:
                for end in range(BEGINNING, len(word) + 1):
                    yield from self._lexicon.beginnings.get(word[:end], ())

    def parts(self, word: str) -> tuple[str, ...]:
        """Return the parts of a compound that are known: two, or else the second, which says what it is."""
        cuts = range(PART, len(word) - PART + 1)
        for cut in cuts:
            first, second = word[:cut], word[cut:]
            if not self._is_known(second):
                continue
            if self._is_known(first):
                return first, second
            if first[-1] in BETWEEN and len(first) > PART and self._is_known(first[:-1]):
                return first[:-1], second
        return next(((word[cut:],) for cut in cuts if word[cut:] in self._lexicon.said), ())

    @property
    def phrases(self) -> Mapping[tuple[str, ...], Sequence[str]]:
        """For the stems of a phrase, in any order and not side by side (`lege … an`), what it means."""
        return self._lexicon.phrases

    def _is_known(self, part: str) -> bool:
        return len(part) >= PART and (part in self._known or part in self._lexicon.said)


@dataclass(frozen=True, slots=True)
class _Lexicon:
    said: frozenset[str]
    whole: Mapping[str, Sequence[str]]
    beginnings: Mapping[str, Sequence[str]]
    heads: frozenset[str]
    phrases: Mapping[tuple[str, ...], Sequence[str]]


@cache
def _read_lexicon() -> _Lexicon:
    said = set[str]()
    whole, beginnings = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    phrases = defaultdict[tuple[str, ...], list[str]](list)
    for meaning, entries in beside(WORDS).items():
        for entry in entries:
            parts = words(entry)
            if entry.endswith("*"):
                beginnings[parts[0]].append(meaning)
            elif len(parts) == 1:
                said.add(parts[0])
                whole[stem(parts[0])].append(meaning)
            else:
                phrases[tuple(map(stem, parts))].append(meaning)
    heads = frozenset(beginning[:BEGINNING] for beginning in beginnings)
    return _Lexicon(frozenset(said), whole, beginnings, heads, phrases)


def grams(word: str, length: int) -> Iterator[str]:
    """Yield each so many characters in a row of a word, whose beginning and end are marked."""
    marked = f"^{word}$"
    return (marked[start : start + length] for start in range(max(1, len(marked) - length + 1)))


def beside(name: str) -> dict[str, Any]:
    """Return the JSON file of that name beside this module."""
    return json.loads((files(__name__.rpartition(".")[0]) / name).read_text(encoding="utf-8"))
