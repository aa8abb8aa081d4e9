"""Phrasings, and which of them have a term.

Looked up by word, stem and meaning. A set of phrasings is the bits of an integer: so that two meanings together, or a
term among the phrasings of one tool, is one operation.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import sqrt
from typing import Final

from preo_mcp.calls.finding.terms import Meanings, grams, kinds, stem, words

STEM, PART, MEANING, PAIR, UNKNOWN, FIRST = 0.85, 0.6, 1.0, 0.5, 0.4, 0.5
"""What terms count for: the stem of a word and of a part of a compound, a meaning, two meanings together, a word that
is in no phrasing, by its resemblance to others (a typo, a compound, a form of its own), and the first word, which makes
a question or a command."""
ALIKE: Final = 4
"""Characters in a row that words have in common where they resemble each other."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A term of a wish: the phrasings that have it, and what it counts for."""

    phrasings: int
    weight: float


class Phrasings:
    """Phrasings in the order they are given in; the first is the lowest bit.

    Args:
        texts: The phrasings.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._of_word: dict[str, int] = {}
        self._of_first: dict[str, int] = {}
        self._of_stem: dict[str, int] = {}
        self._of_meaning: dict[str, int] = {}
        for number, text in enumerate(texts):
            meant, rest = kinds(text)
            said = words(rest)
            _join(self._of_word, said, 1 << number)
            _join(self._of_first, said[:1], 1 << number)
            _join(self._of_meaning, meant, 1 << number)
        self._meanings = Meanings(self._of_word.keys())
        for word, having in self._of_word.items():
            parts = self._meanings.parts(word)
            _join(self._of_stem, map(stem, (word, *parts)), having)
            _join(self._of_meaning, self._meanings.of_words((word, *parts)), having)
        for stems, meanings in self._meanings.phrases.items():
            _join(self._of_meaning, meanings, _all(self._of_stem.get(each, 0) for each in stems))

    @property
    def meanings(self) -> Set[str]:
        """What any of the phrasings means."""
        return {meaning for meaning, having in self._of_meaning.items() if having}

    def evidence(self, wish: str) -> Iterator[Evidence]:
        """Yield the terms of a wish that any phrasing has."""
        meant, rest = kinds(wish)
        stems: dict[str, float] = {}
        said = words(rest)
        yield from (Evidence(self._of_first[word], FIRST) for word in said[:1] if word in self._of_first)
        for word in dict.fromkeys(said):
            parts = self._meanings.parts(word)
            meant.update(self._meanings.of_words((word, *parts)))
            stems.update({stem(part): PART for part in parts if stem(part) not in stems})
            stems[stem(word)] = STEM
            if stem(word) not in self._of_stem:
                yield from self._resembling(word)
        for phrase, meanings in self._meanings.phrases.items():
            if stems.keys() >= set(phrase):
                meant.update(meanings)
        yield from (Evidence(self._of_stem[each], weight) for each, weight in stems.items() if each in self._of_stem)
        known = [self._of_meaning[meaning] for meaning in sorted(meant) if self._of_meaning.get(meaning)]
        yield from (Evidence(having, MEANING) for having in known)
        yield from (Evidence(one & other, PAIR) for one, other in combinations(known, 2) if one & other)

    def _resembling(self, word: str) -> Iterator[Evidence]:
        alike = [self._with_gram[gram] for gram in grams(word, ALIKE) if gram in self._with_gram]
        for those in alike:
            yield Evidence(_any(self._of_word[each] for each in those), UNKNOWN / sqrt(len(alike)))

    @cached_property
    def _with_gram(self) -> Mapping[str, Sequence[str]]:
        with_gram = defaultdict[str, list[str]](list)
        for word in self._of_word:
            for gram in grams(word, ALIKE):
                with_gram[gram].append(word)
        return with_gram


def _join(sets: dict[str, int], terms: Iterable[str], having: int) -> None:
    for term in terms:
        sets[term] = sets.get(term, 0) | having


def _all(sets: Iterable[int]) -> int:
    result = -1
    for each in sets:
        result &= each
    return result


def _any(sets: Iterable[int]) -> int:
    result = 0
    for each in sets:
        result |= each
    return result
