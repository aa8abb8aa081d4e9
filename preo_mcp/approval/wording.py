"""What is said to a person: our words, which are translated, and values, which are not.

How a value is shown depends on who wrote it: see `preo_mcp.languages.in_language`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


class Personal(str):
    """Text about or by a customer: shown to the person who decides, masked where it would reach a model.

    Masking is a setting (`PREO_PRIVACY`); a plain string is data that may be shown to both.
    """

    __slots__ = ()


class Figure(str):
    """An amount, a number or a time in our own spelling; the only value that is never put in quotation marks."""

    __slots__ = ()


class Passage(str):
    """A long text that somebody gets, or that decides who gets one: a mail's text, a text message, a condition.

    Shown whole on the card and the page; elsewhere its beginning, its end and its length, and never without saying so.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Message:
    """A text of ours in English, with its values by name; the English text is its key in the catalogues."""

    template: str
    values: Mapping[str, "Words"] = field(default_factory=dict[str, "Words"])

    def __str__(self) -> str:
        """The text in English, with its values as they are."""
        return self.template.format(**{name: str(value) for name, value in self.values.items()})


@dataclass(frozen=True, slots=True)
class Series:
    """Values behind each other; where they are too many, the last ones are not shown."""

    parts: tuple["Words", ...]
    separator: str = ", "

    def __str__(self) -> str:
        """The values in English, as they are."""
        return self.separator.join(map(str, self.parts))


Words = str | Personal | Figure | Passage | Message | Series
"""A value: data, data about a customer, a figure, words of ours, or several of these."""


def say(template: str, /, **values: Words) -> Message:
    """Return a text of ours; `template` is a literal, with `{name}` where a value belongs."""
    return Message(template, values)


def parts_of(words: Words) -> Iterator[str]:
    """Yield all that words consist of; no two different ones consist of the same."""
    match words:
        case Message(template, values):
            yield from ("message", template, str(len(values)))
            for name, value in values.items():
                yield name
                yield from parts_of(value)
        case Series(parts, separator):
            yield from ("series", separator, str(len(parts)))
            for part in parts:
                yield from parts_of(part)
        case str():
            yield from ("text", words)
