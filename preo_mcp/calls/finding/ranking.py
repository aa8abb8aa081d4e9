"""Which tools fit a wish in a user's words, English, Danish or German.

For every tool there are phrasings: how different people ask for it (`wishes/`), its name, its title, what it says of
itself. A term of a wish is evidence for a tool as far as it is more frequent in the tool's phrasings than in all
(naive Bayes: the logarithm of that ratio; Manning, Raghavan and Schütze 2008, chapter 13). The same evidence is taken
for each word of a tool's name, from all tools that have it: what people say when one thing is to be deleted helps to
find how another is, and the thing counts whatever is to be done with it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log
from typing import Final

from mcp.types import Tool

from preo_mcp.calls.finding.phrasings import Evidence, Phrasings
from preo_mcp.calls.finding.terms import beside

LANGUAGES: Final = ("en", "da", "de")
"""For each there is a file beside this module: for every tool what users say when they need it."""

PRIOR: Final = 4.0
"""Phrasings that every tool is taken to have besides, distributed as all are: little evidence moves little."""
RARE: Final = 5.0
"""Phrasings that every term is taken to be in besides: what was said once is no proof."""
LOOKS: Final = ("get", "list")
"""How the names of tools begin that only look."""
READING: Final = 0.2
"""What each term speaks for these besides: they are asked for in more different ways than what changes something, so
that each is rarer among their phrasings."""
OF_NAME: Final = 0.5
"""The share of the evidence that comes from the words of the name."""
LONGEST_WISH: Final = 600
"""Characters that are looked at: more is a mail that was pasted, and what comes late in it is seldom the wish."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A tool, and the evidence that it is meant: of use only in comparison with the others of one search."""

    tool: Tool
    score: float


class Ranking:
    """Ranks tools by how well they fit a wish. Nothing is read before the first search.

    Args:
        tools: Those that may be found.
        wishes: For each tool what users say when they need it; without them, those beside this module.
    """

    def __init__(self, tools: Iterable[Tool], wishes: Mapping[str, Sequence[str]] | None = None) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._wishes = wishes

    def best(self, wish: str, count: int) -> list[Ranked]:
        """Return at most `count` tools that fit `wish`, the best first; none where nothing in it is known."""
        evidence = list(self._index.phrasings.evidence(wish[:LONGEST_WISH])) if self._tools else []
        if not evidence:
            return []
        scores = self._index.scores(evidence)
        return [Ranked(self._tools[name], scores[name]) for name in sorted(scores, key=lambda each: -scores[each])][
            :count
        ]

    @cached_property
    def _index(self) -> "_Index":
        wishes = wishes_of_tools() if self._wishes is None else self._wishes
        return _Index({name: [*wishes.get(name, ()), *_own(tool)] for name, tool in self._tools.items()})


def wishes_of_tools() -> Mapping[str, Sequence[str]]:
    """Return for each tool what users say when they need it, in all languages."""
    of_tools: dict[str, list[str]] = {}
    for language in LANGUAGES:
        for name, wishes in beside(f"wishes/{language}.json").items():
            of_tools.setdefault(name, []).extend(wishes)
    return of_tools


def _own(tool: Tool) -> Iterator[str]:
    """Yield what a tool says of itself; its name and title count twice."""
    yield from (tool.name.replace("_", " "), tool.title or "") * 2
    yield from (tool.description or "").split(". ")


class _Index:
    def __init__(self, of_tools: Mapping[str, Sequence[str]]) -> None:
        self.phrasings = Phrasings(text for texts in of_tools.values() for text in texts)
        self._names = {name: [word.removesuffix("s") for word in name.split("_")] for name in of_tools}
        self._of_tool: dict[str, int] = {}
        self._of_word: dict[str, int] = {}
        self._count = 0
        for name, texts in of_tools.items():
            members = ((1 << len(texts)) - 1) << self._count
            self._count += len(texts)
            self._of_tool[name] = members
            for word in self._names[name]:
                self._of_word[word] = self._of_word.get(word, 0) | members

    def scores(self, evidence: Sequence[Evidence]) -> dict[str, float]:
        """Return for each tool the evidence that it is meant, from its own phrasings and by the words of its name."""
        of_tool, of_word = self._ratios(evidence, self._of_tool), self._ratios(evidence, self._of_word)
        for_looks = READING * sum(each.weight for each in evidence)
        scores: dict[str, float] = {}
        for name, (deed, *things) in self._names.items():
            thing = sum(of_word[word] for word in things) / max(1, len(things))
            scores[name] = (1 - OF_NAME) * of_tool[name] + OF_NAME * (of_word[deed] + thing)
            scores[name] += for_looks * (deed in LOOKS)
        return scores

    def _ratios(self, evidence: Sequence[Evidence], groups: Mapping[str, int]) -> dict[str, float]:
        """Return for each group of phrasings the logarithm of how much more frequent the terms are in it, summed up."""
        total = sum(each.weight for each in evidence)
        shares = [(each, PRIOR * (each.phrasings.bit_count() + RARE) / self._count) for each in evidence]
        ratios: dict[str, float] = {}
        for group, members in groups.items():
            ratio = total * log(PRIOR / (members.bit_count() + PRIOR))  # what it would be if no term were in the group
            for each, expected in shares:
                if each.phrasings & members:
                    ratio += each.weight * log(1 + (each.phrasings & members).bit_count() / expected)
            ratios[group] = ratio
        return ratios
