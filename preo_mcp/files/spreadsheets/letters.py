"""Which one-byte encoding makes words of the bytes: cp1252, cp850, mac_roman or cp1250.

Short files with one foreign word are the rule, so no statistics: each letter is weighed by how usual it is in Danish,
German, Swedish, Dutch, French and Polish, and by its neighbours (``MÅller``, ``S¿ren`` and ``Pawe³`` are not words).
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

_PRIOR = {"cp1252": 1.5, "cp850": 0.0, "mac_roman": 0.0, "cp1250": -1.5}
_LETTER = re.compile(r"[^\W\d_]+")
_POLISH_LETTER = re.compile(r"[ąćęłńśźż]", re.IGNORECASE)
_POLISH = re.compile(r"[scrd]z|sk[ia]|zi|wi|ie|ni|[kpw]o", re.IGNORECASE)
_VOWELS = frozenset("aeiouyæøåäöüáéíóúAEIOUYÆØÅÄÖÜ")
_NORDIC = frozenset("æøåÆØÅ")
_UNDEFINED = -10.0
_KNOWN_WORD = 6.0
_POLISH_WORD = 2.5


def _weights() -> dict[str, float]:
    weights: dict[str, float] = {}
    for letters, weight in (
        ("æøåäöüßÆØÅÄÖÜ", 4.0),
        ("éÉ", 3.0),
        ("ąćęłńśźżĄĆĘŁŃŚŹŻ", 3.0),
        ("èêëïçáíóúñôîûàâÈÇóÓ", 2.0),
        ("ěščřžýďťňůőűđŠČŘŽğşİșțĂăž", 1.0),
        ("ÿýðþÐÞõãÕÃÌÒÙÏÎÔÛÊËìòùªº", -0.5),
    ):
        weights.update(dict.fromkeys(letters, weight))
    return weights


_WEIGHTS = _weights()
_WORDS = (
    "über für größe straße strasse käufer verkäufer gültig gültigkeit währung gebühr gebühren stückzahl "
    "rückerstattung ermäßigt ermäßigung schüler übernachtung übersicht geprüft köln münchen düsseldorf nürnberg "
    "zürich österreich müller schröder schäfer günther günter jürgen jörg björn schön größer weiß groß müll krüger "
    "köhler könig bäcker løber beløb købt køb køber købsdato kørsel ændret ændringer år århus ålborg åbent åben "
    "åbning åbningstid øre ønsker øvrige øl øst ørsted ørnskov sønderborg københavn nørrebro østerbro lørdag søndag "
    "måned værdi række læs gæst gæster fødselsdag fødselsår antal beskæftigelse tlf søren jørgen bjørn kjær "
    "jørgensen sørensen mølgård bøgh østergaard nørgaard nørgård åse åge ålholm ærø æble næstved rødovre helsingør "
    "køge hillerød tårnby malmö göteborg örebro västerås östersund växjö jönköping märta göran åsa östen lindström "
    "sjöberg öberg åkesson förnamn köpare antal belopp försäljning återbetalning år zoë chloë daniël michaël noël "
    "raphaël joël coördinatie geïnteresseerd financiële één café crème brûlée rené andré josé françois hélène "
    "prénom numéro société élève désirée garçon façade señor muñoz peña łukasz paweł michał stanisław wojciech "
    "małgorzata katarzyna grażyna bożena imię zamówienia zamówienie płatność miejscowość ilość wartość łącznie "
    "kraków łódź gdańsk poznań wrocław"
)
"""Words of headings and names, as they stand in exports."""


@dataclass(frozen=True, slots=True)
class Guess:
    """The encoding, and a sentence on how sure that is."""

    name: str
    note: str


def best_encoding(words: Mapping[bytes, int]) -> Guess:
    """Weigh the words of a file that hold bytes above 127.

    Args:
        words: Each such word with the number of times it was seen.
    """
    scores = dict(_PRIOR)
    for word, count in words.items():
        times = 1 + math.log2(count)
        for name in scores:
            scores[name] += times * _score(word, name)
    ranked = sorted(scores, key=lambda name: -scores[name])
    best, second = ranked[0], ranked[1]
    sure = scores[best] - scores[second] >= 2.0
    return Guess(best, f"The encoding was guessed from the letters: {best}{'' if sure else f', perhaps {second}'}.")


def _score(word: bytes, name: str) -> float:
    try:
        text = word.decode(name)
    except UnicodeDecodeError:
        return _UNDEFINED
    score = sum(_KNOWN_WORD for part in _LETTER.findall(text) if not part.isascii() and part.casefold() in _known())
    if _POLISH_LETTER.search(text) and _POLISH.search(text):
        score += _POLISH_WORD
    for index, char in enumerate(text):
        if not char.isascii():
            before, after = text[index - 1 : index], text[index + 1 : index + 2]
            score += _letter(char, before, after) if char.isalpha() else _symbol(char, before, after)
    return score


@cache
def _known() -> frozenset[str]:
    return frozenset(word.casefold() for word in _WORDS.split())


def _letter(char: str, before: str, after: str) -> float:
    score = _WEIGHTS.get(char, -1.0) + _case(char, before, after) + _neighbours(char, before, after)
    if before.isdigit() or after.isdigit():
        score -= 2.0
    if not before.isalpha() and not after.isalpha() and char not in "ØÅÖåö":
        score -= 3.0
    return score


def _case(char: str, before: str, after: str) -> float:
    if char.isupper():
        if before.islower():
            return -5.0
        if before.isupper() and after.islower():
            return -2.5
        return 0.5 if not before.isalpha() and after.islower() else 0.0
    if before.isupper() and after.isupper():
        return -3.0
    return -1.0 if not before.isalpha() else 0.0


def _neighbours(char: str, before: str, after: str) -> float:
    vowel = before in _VOWELS and before != ""
    if char in _NORDIC:
        foreign = vowel or (char in "øØ" and after != "" and after in "aou")
        return -3.0 if foreign else -1.5 if char in "æÆ" and not after.isalpha() else 0.0
    if char == "ß":
        return 0.0 if vowel else -4.0
    if char in "ëï":
        return 0.5 if vowel else -2.0
    if char in "äöü":
        return -1.5 if vowel else 0.0
    if char in "áàâãóòôõ":
        return -2.0 if vowel and after != "" and after in _VOWELS else 0.0
    if char == "ć":
        return 1.5 if vowel and not after.isalpha() else 0.0
    if char == "ñ":
        return -3.0 if after.isalpha() and after not in _VOWELS else 0.0
    return -1.5 if char == "Ü" and after.islower() and after not in "b" else 0.0


def _symbol(char: str, before: str, after: str) -> float:
    inside = before.isalpha() and after.isalpha()
    if char == "’":
        return 2.5 if inside and (after.isupper() or after in "stdlmv") else 0.5 if before.isalpha() else -1.0
    if inside:
        return -1.0 if char in "–—·\xa0" else -4.0
    if char in "€£":
        return -2.0 if before.isalpha() or after.isalpha() else 2.0
    if char == "\xa0":
        return 1.0 if before.isdigit() or after.isdigit() else 0.0
    if char in "–—…•“”„‘«»°§®™©²³½¼¾¿¡·":
        return _punctuation(char, before, after)
    return -4.0


def _punctuation(char: str, before: str, after: str) -> float:
    if char in "–—":
        return 1.5 if not before.isalpha() and not after.isalpha() else -0.5
    opens = char in "“„‘«¿¡"
    closes = char in "”…»°®™²³“"
    if opens and after.isalpha() and not before.isalpha():
        return 0.5
    if closes and not after.isalpha() and not after.isdigit():
        return 0.5
    return -2.0
