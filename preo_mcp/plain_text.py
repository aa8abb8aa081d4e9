"""Text from outside, made harmless for one line of ours."""

import re

UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Characters that show nothing although Python calls them printable (Unicode: Default_Ignorable_Code_Point, and the
blank Braille pattern); variation selectors among them can carry a whole hidden text."""


def one_line(text: str) -> str:
    """Return `text` without control, bidirectional and other invisible characters, white space as single spaces.

    So a customer's name can start no line of its own, hide nothing, and not turn the reading direction.
    """
    if not text.isascii():
        text = UNSEEN.sub("", text)
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " if char.isspace() else "" for char in text)
    return " ".join(text.split())
