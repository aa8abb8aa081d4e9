"""Text from outside, made harmless for one line of ours."""


def one_line(text: str) -> str:
    """Return `text` without control, bidirectional and other invisible characters, white space as single spaces.

    So a customer's name can start no line of its own, hide nothing, and not turn the reading direction.
    """
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " if char.isspace() else "" for char in text)
    return " ".join(text.split())
