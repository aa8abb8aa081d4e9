"""Brackets that do not match, in a condition that cannot be read for no other reason."""

from collections.abc import Iterator
from typing import Final

from preo_mcp.cel.mistakes import Edit, Mistake
from preo_mcp.cel.tokens import Token, place, tokens

_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
_JOINING: Final = frozenset(["&&", "||", "?", ":"])


def bracket_mistakes(condition: str) -> Iterator[Mistake]:
    """Yield the brackets that nothing closes, opens or that another kind closes: the first of them is told."""
    opened: list[Token] = []
    pieces = list(tokens(condition))
    for token in pieces:
        if token.kind != "sign":
            continue
        if token.text in _CLOSING:
            opened.append(token)
        elif token.text in _CLOSING.values():
            if not opened:
                edits = (Edit(token.start, token.end, ""),) if token is pieces[-1] else ()
                yield Mistake(
                    *place(condition, token.start), f"nothing opened this {token.text}", "leave it out", edits
                )
                return
            right = _CLOSING[opened.pop().text]
            if token.text != right:
                edits = (Edit(token.start, token.end, right),)
                yield Mistake(*place(condition, token.start), f"unexpected {token.text}", f"write {right}", edits)
                return
    if opened:
        yield _unclosed(condition, pieces, opened[-1])


def _unclosed(condition: str, pieces: list[Token], opening: Token) -> Mistake:
    """Return the mistake of a bracket that nothing closes; where it ends is sure only where nothing is joined in it."""
    closing = _CLOSING[opening.text]
    inside = pieces[pieces.index(opening) + 1 :]
    is_sure = not any(token.text in _JOINING for token in inside)
    edits = (Edit(len(condition), len(condition), closing),) if is_sure else ()
    return Mistake(*place(condition, opening.start), f"nothing closes this {opening.text}", f"add {closing}", edits)
