"""Text from outside, made harmless for one line of ours."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

UNSEEN: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\ufffc"
    "\U00013441\U00013442\U00016fe4\U0001d159\U000e0100-\U000e01ef]"
)
"""Characters that show nothing although Python calls them printable (Unicode: Default_Ignorable_Code_Point, and some
that are drawn blank); variation selectors among them can carry a whole hidden text."""

MOST_MARKS: Final = 3
"""Combining marks that one letter keeps, as many as Hebrew or Vietnamese puts there; a pile would paint over the lines
above and below."""
FIRST_MARK: Final = "\u0300"

MASKED: Final = "•••"
"""What stands in place of personal data that is kept from a model."""


def one_line(text: str) -> str:
    """Return `text` without control, bidirectional and other invisible characters, white space as single spaces.

    So a customer's name can start no line of its own, hide nothing, not turn the reading direction, and not paint over
    its neighbours.
    """
    if not text.isascii():
        text = UNSEEN.sub("", text)
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " if char.isspace() else "" for char in text)
    if not text.isascii() and _has_mark(text):
        text = "".join(_without_piles(text))
    return " ".join(text.split())


def _has_mark(text: str) -> bool:
    return any(unicodedata.category(char).startswith("M") for char in set(text) if char >= FIRST_MARK)


def _without_piles(text: str) -> Iterator[str]:
    """Leave out combining marks that are too many, enclose their letter, or have none of their own."""
    marks = MOST_MARKS
    for char in text:
        category = unicodedata.category(char)
        marks = marks + 1 if category.startswith("M") else MOST_MARKS if char.isspace() else 0
        if char.isspace() or (marks <= MOST_MARKS and category != "Me"):
            yield char
