"""The one error of the table reader."""


class UnreadableTable(Exception):
    """A file that cannot be read as a table, or only beyond the limits.

    Attributes:
        what: What failed, as a sentence without a full stop.
        why: The reason, in words that need no knowledge of the reader.
        next_step: What the person or model should do next.
    """

    def __init__(self, what: str, why: str, next_step: str) -> None:
        super().__init__(f"{what} · {why} · {next_step}")
        self.what = what
        self.why = why
        self.next_step = next_step
