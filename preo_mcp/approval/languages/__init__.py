"""The languages in which a person is asked: a catalogue file per language, keyed by the English text."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from preo_mcp.approval.languages import figures
from preo_mcp.approval.passages import ends, hosts, in_lines, out_of_sight, parts_of_sms
from preo_mcp.approval.phrases import characters_left_out, ends_with, leads_to, left_out, length_left_out, sent_in_parts
from preo_mcp.approval.quoting import CUT, as_data, harmless, quoted
from preo_mcp.approval.wording import (
    Amount,
    Count,
    Day,
    Figure,
    Key,
    Letter,
    Message,
    Moment,
    Passage,
    Personal,
    Series,
    Sms,
    Span,
    SpanKind,
    Spans,
    TypedFigure,
    Words,
)
from preo_mcp.settings import Language
from preo_mcp.text.plain_text import MASKED

SHOWN_LENGTH: Final = 160
"""Characters of one foreign text that are shown; of the rest, how much it is."""
LINE_LENGTH: Final = 2 * SHOWN_LENGTH
"""Characters that the foreign texts of one sentence share, evenly."""
LEAST_LENGTH: Final = 40
"""What each of them gets in any case: ids are shorter."""
FRAME_LENGTH: Final = 10
"""Room for quotation marks, separator and the note on the reading direction: so a few texts always fit."""
NOTE_LENGTH: Final = 40
FEW: Final = 3
"""Room for the notes that a few long texts were cut."""
NOTHING: Final = Span(SpanKind.LINE, "")
HOSTS_LENGTH: Final = 480
"""Characters that the hosts of a passage's links get."""

Forms = str | dict[str, str]
"""A translation; or several, by the plural category of the one count that is in the text (CLDR: one, few, many)."""
OTHER: Final = "other"

PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_LETTER: Final = re.compile(r"[^\W\d_]")
_PLACE: Final = re.compile(r"\x00(\d+)\x00|\x01([^\x02]*)\x02")
"""Where a passage stands that is shown whole, and an id between its marks; no text that is shown has these."""
_IN_BRACKETS: Final = re.compile(r" \(\x01([^\x02]*)\x02\)")
_KINDS: Final[dict[type[Passage], SpanKind]] = {Sms: SpanKind.SMS, Letter: SpanKind.LETTER}


def in_language(words: Words, language: Language, *, masked: bool = False) -> str:
    """Return words as one line in `language`; `masked` puts dots in place of personal data.

    What a customer wrote stands in “…”, and so does other data unless it is a single plain word such as an id; each is
    cut by itself, and a cut says how much is missing. Our own words and figures stand bare, so that nobody's text can
    be taken for them.
    """
    return _Telling(language, masked=masked).told(words)


def in_spans(words: Words, language: Language) -> Spans:
    """Return words in `language` for where there is room: ids apart, passages whole, each with its lines."""
    telling = _Telling(language, whole=[])
    text = _IN_BRACKETS.sub("\\1".join((" \x01(", ")\x02")), telling.told(words))
    spans: list[Span] = []
    start = 0
    for place in _PLACE.finditer(text):
        spans.append(Span(SpanKind.LINE, text[start : place.start()]))
        spans.append(telling.below(int(place[1])) if place[1] else Span(SpanKind.KEY, place[2]))
        start = place.end()
    return tuple(span for span in (*spans, Span(SpanKind.LINE, text[start:])) if span != NOTHING)


def counted(count: int, language: Language) -> str:
    """Return a count with its thousands apart: `1.250` in Danish."""
    return figures.count(Count(count), language)


def translated(text: str, language: Language, count: int | None = None) -> str:
    """Return a text of ours in `language`; one without words, such as `{before} → {after}`, is the same in all.

    `count` chooses the form of a text that has several, such as one for a single person.

    Raises:
        KeyError: the catalogue lacks it; a test demands that none does.
    """
    if is_wordless(text):
        return text
    known = catalogue(language)
    found = known.get(text, text) if language is Language.ENGLISH else known[text]
    if isinstance(found, str):
        return found
    form = OTHER if count is None else figures.plural(count, language)
    return found.get(form, found[OTHER])


def is_wordless(text: str) -> bool:
    """Return whether a text has nothing to be translated."""
    return _LETTER.search(PLACEHOLDER.sub("", text)) is None


@cache
def catalogue(language: Language) -> dict[str, Forms]:
    """Return a language's catalogue; it is read once. That of English has only the texts with several forms."""
    return json.loads((files("preo_mcp.approval.languages") / f"{language}.json").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class _Telling:
    """How words are rendered.

    Attributes:
        language: In which language.
        masked: Whether personal data is left out.
        whole: Where the passages are put that are shown whole elsewhere; None where they are shown in the line.
    """

    language: Language
    masked: bool = False
    whole: list[Passage] | None = None

    def told(self, words: Words) -> str:
        return self._shown(words, LINE_LENGTH if isinstance(words, Message) else SHOWN_LENGTH)

    def _shown(self, words: Words, room: int) -> str:
        match words:
            case Message(template, values):
                share = max(LEAST_LENGTH, room // max(1, len(values)))
                shown = {name: self._shown(value, share) for name, value in values.items()}
                counts = [value.value for value in values.values() if isinstance(value, Count)]
                count = counts[0] if len(counts) == 1 else None
                return translated(template, self.language, count).format(**shown)
            case Series(parts, separator):
                share = max(LEAST_LENGTH, room // max(1, len(parts)) - FRAME_LENGTH)
                texts = [self._shown(part, share) for part in parts]
                if any(isinstance(part, Passage) for part in parts):  # of which none may be missing
                    return separator.join(texts)
                return self._fitting(texts, separator, room)
            case Amount() | Count() | Moment() | Day():
                return _figure(words, self.language)
            case str():
                return self._text(words, min(room, SHOWN_LENGTH))

    def _text(self, text: str, room: int) -> str:
        match text:
            case Figure():
                return str(text)
            case Key() if self.whole is not None:
                return f"\x01{self._cut(as_data(text, room), text, room)}\x02"
            case Personal():
                return MASKED if self.masked and text else self._cut(quoted(text, room), text, room)
            case Passage():
                return self._passage(text)
            case _:
                return self._cut(as_data(text, room), text, room)

    def _cut(self, shown: str, text: str, room: int) -> str:
        """Say after a text that was cut how much is missing."""
        missing = len(harmless(text)) - room
        return f"{shown} ({self.told(characters_left_out(missing + 1))})" if missing > 0 else shown

    def _passage(self, passage: Passage) -> str:
        if self.whole is not None:
            self.whole.append(passage)
            return f"\0{len(self.whole) - 1}\0"
        cut = ends(passage)
        text = f"{_marked(cut.beginning)} {_marked(cut.end)}" if cut else _marked(passage)
        notes = [] if cut is None else [self.told(length_left_out(cut.length, cut.left_out))]
        notes += [*self._parts(passage), *self._links(passage)]
        return f"{text} ({'; '.join(notes)})" if notes else text

    def below(self, number: int) -> Span:
        """Return a passage whole, and what stands below it: it may be longer than what can be seen of it at once."""
        passage = (self.whole or [])[number]
        unseen = out_of_sight(passage)
        notes = [] if unseen is None else [self.told(ends_with(*unseen))]
        notes = [*self._parts(passage), *notes, *self._links(passage)]
        return Span(_KINDS.get(type(passage), SpanKind.WHOLE), in_lines(passage), "; ".join(notes))

    def _parts(self, passage: Passage) -> Iterator[str]:
        """Yield in how many parts a text message is sent; in a line only where it is not one."""
        if isinstance(passage, Sms) and ((parts := parts_of_sms(passage)) > 1 or self.whole is not None):
            yield self.told(sent_in_parts(len(passage), parts))

    def _links(self, passage: Passage) -> Iterator[str]:
        """Yield where a passage's links lead, if it has any."""
        if found := [as_data(host, SHOWN_LENGTH) for host in hosts(passage)]:
            yield self.told(leads_to(Figure(self._fitting(found, ", ", HOSTS_LENGTH))))

    def _fitting(self, texts: list[str], separator: str, room: int) -> str:
        """The first texts, as many as there is room for, and how many more there are."""
        room += NOTE_LENGTH * min(FEW, sum(len(text) > LEAST_LENGTH + FRAME_LENGTH for text in texts))
        line = ""
        for number, text in enumerate(texts):
            longer = f"{line}{separator}{text}" if line else text
            if len(longer) > room and line:
                return f"{line}{separator}{CUT} ({self.told(left_out(len(texts) - number))})"
            line = longer
        return line


def _figure(figure: TypedFigure, language: Language) -> str:
    match figure:
        case Amount():
            return figures.amount(figure, language)
        case Count():
            return figures.count(figure, language)
        case Moment():
            return figures.moment(figure, language)
        case Day():
            return figures.day(figure, language)


def _marked(text: str) -> str:
    line = harmless(text)
    return quoted(line, len(line) + 1)
