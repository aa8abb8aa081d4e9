"""Which tools fit a wish in a user's words: English, Danish or German, against names, descriptions and arguments.

A wish is taken apart into terms. A tool has those of its name, title, description and arguments, those of the wishes
that users have when they need it (`wishes.json`), and a wish has, besides its own, the terms that its words mean
(`words.json`). A tool scores by the terms of the wish that it has, rare ones more than common ones (BM25, Robertson and
Zaragoza 2009), and by how much of its name they cover, because a name is a verb and its object.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from math import log
from typing import Any, Final

from mcp.types import Tool

from preo_mcp.text.folding import folded

WORDS: Final = "words.json"
"""Beside this module: for each term the words and phrases that mean it; a space at the end keeps a word as it is."""
WISHES: Final = "wishes.json"
"""Beside this module: for each tool what users say when they need it, in all three languages."""

NAME, DESCRIPTION, WISH, ARGUMENT, ARGUMENT_DESCRIPTION = 6.0, 2.0, 2.0, 1.0, 0.5
"""What a term counts for by where it stands."""
SATURATION: Final = 3.0
"""BM25's k₁, of weighted occurrences: what is said often adds little."""
OWN_WORD, SYNONYM = 1.0, 0.8
IN_COMPOUND: Final = 5
"""Letters from which on a word is recognised inside another, as in Gutscheincode."""
TERM: Final = 5
"""Letters of a word that count: enough to tell words apart, few enough for inflected ones to be the same."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A tool, and how well it fits: of use only in comparison with the others of one search."""

    tool: Tool
    score: float


class Ranking:
    """Ranks tools by how well they fit a wish.

    Args:
        tools: Those that may be found.
    """

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools = {tool.name: tool for tool in tools}
        wishes = _beside(WISHES)
        self._weights = {name: _weights(tool, wishes.get(name, "")) for name, tool in self._tools.items()}
        self._names = {name: frozenset(_terms(name)) for name in self._tools}
        carriers = Counter(term for weights in self._weights.values() for term in weights)
        count = len(self._tools)
        self._rarity = {term: log(1 + (count - held + 0.5) / (held + 0.5)) for term, held in carriers.items()}

    def best(self, wish: str, count: int) -> list[Ranked]:
        """Return at most `count` tools that fit `wish`, the best first; none where nothing in it is known."""
        terms = self._meant(wish)
        scored = [Ranked(tool, self._score(name, terms)) for name, tool in self._tools.items()]
        fitting = [found for found in scored if found.score > 0]
        return sorted(fitting, key=lambda found: -found.score)[:count]

    def _score(self, name: str, terms: Mapping[str, float]) -> float:
        weights = self._weights[name]
        total = sum(
            sure * self._rarity[term] * weights[term] * (SATURATION + 1) / (weights[term] + SATURATION)
            for term, sure in terms.items()
            if term in weights
        )
        named = self._names[name]
        return total * (1 + sum(terms.get(term, 0) for term in named) / len(named))

    def _meant(self, wish: str) -> dict[str, float]:
        """Return the terms that a wish has or means, each with how sure that is."""
        words = _words(wish)
        text = f" {' '.join(words)} "
        meant = {
            term: SYNONYM
            for term, phrases in self._synonyms.items()
            if any(_says(text, words, phrase) for phrase in phrases)
        }
        return meant | {term: OWN_WORD for term in _terms(wish) if term in self._rarity}

    @cached_property
    def _synonyms(self) -> dict[str, Sequence[str]]:
        return {_term(term): [folded(phrase) for phrase in phrases] for term, phrases in _beside(WORDS).items()}


def _beside(name: str) -> dict[str, Any]:
    return json.loads((files(__name__.rpartition(".")[0]) / name).read_text(encoding="utf-8"))


def _says(text: str, words: Sequence[str], phrase: str) -> bool:
    """Return whether a wish has a phrase: at the beginning of a word, or, where it is long enough, within one."""
    if f" {phrase}" in text:
        return True
    return len(phrase) >= IN_COMPOUND and any(phrase in word for word in words)


def _weights(tool: Tool, wishes: str) -> Mapping[str, float]:
    weights: dict[str, float] = {}
    for text, weight in _texts(tool, wishes):
        for term in _terms(text):
            weights[term] = weights.get(term, 0) + weight
    return weights


def _texts(tool: Tool, wishes: str) -> Iterator[tuple[str, float]]:
    yield tool.name, NAME
    yield f"{tool.title or ''} {tool.description or ''}", DESCRIPTION
    yield wishes, WISH
    for name, schema in tool.input_schema.get("properties", {}).items():
        yield name, ARGUMENT
        yield schema.get("description", ""), ARGUMENT_DESCRIPTION


def _terms(text: str) -> Iterator[str]:
    return (_term(word) for word in _words(text) if word not in NOT_TERMS)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", folded(text))


def _term(word: str) -> str:
    """Return what counts of a word: its beginning, without the ending of a plural."""
    return (word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word)[:TERM]


NOT_TERMS: Final = frozenset(
    _words(
        "a an the of to in on for is are was be it its and or with by from that this which who what how their our "
        "my we i me you do does did can could not no have has had want wants would should please us them as at "
        "will any some use why yet en et den det de der som er var til fra med paa pa og i af vil skal kan ikke "
        "har havde jeg vi du min vores om hvad hvor hvordan hvorfor ein eine einen einer eines dem das die des "
        "und oder mit von zu zum zur fur ist sind war im auf aus ich wir sie es mein unser nicht hat haben will "
        "mochte bitte was wie warum wer"
    )
)
"""Words of the three languages that say nothing about a tool."""
