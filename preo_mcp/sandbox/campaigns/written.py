"""A message as it was written to one person."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Written:
    """Subject (of an e-mail) and body; or `fault`, which says why it could not be written and does not go out."""

    subject: str | None = None
    body: str | None = None
    fault: str | None = None
