"""The one form in which a reader of cells says that it cannot read one."""


class Unreadable(ValueError):
    """A cell that does not hold what its column should hold.

    Attributes:
        reason: Why, as a short clause for a report beside a line number. It never repeats the cell, which may hold
            a customer's data.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


EMPTY = "the cell is empty"
