"""A message as somebody gets it: the one way from a stored message and a recipient to an e-mail.

Filling the values reads the store and belongs on the event loop; composing works on what was filled only, and can run
in a thread.
"""

from dataclasses import dataclass

from preo_mcp.sandbox.mail.frame import Frame, words
from preo_mcp.sandbox.mail.html import html_of
from preo_mcp.sandbox.mail.plain import text_of
from preo_mcp.sandbox.mail.rendering import FileAddress, Rendering, render
from preo_mcp.sandbox.mail.values import Filled
from preo_mcp.sandbox.store import Doc


@dataclass(frozen=True, slots=True)
class Composed:
    """An e-mail in both forms, with what its templates lacked."""

    subject: str
    text: str
    html: str
    undefined: list[Doc]
    problems: list[Doc]


def compose(message: Doc, filled: Filled, language: str | None, file_address: FileAddress) -> Composed:
    """Return the e-mail that a stored message becomes; whatever its templates do, nothing is raised.

    `language` is Preo's code of the language of the words around it, such as `da`.
    """
    rendering: Rendering = render(message, filled.values, file_address)
    values = filled.values
    frame = Frame(
        words(language),
        values["organization"]["name"],
        values["edition"]["full_name"],
        values.get("order"),
        values.get("unsubscribe_url"),
    )
    return Composed(
        rendering.subject,
        text_of(rendering, frame),
        html_of(rendering, frame),
        rendering.undefined,
        rendering.problems,
    )
