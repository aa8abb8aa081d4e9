"""Numbers written with commas, which CEL takes for the end of an argument."""

import re
from collections.abc import Iterator
from typing import Final

from preo_mcp.cel.mistakes import Edit, Mistake
from preo_mcp.cel.tokens import Token, place, tokens

_GROUPED: Final = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_EUROPEAN: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})*,[0-9]{1,2}")


def number_commas(condition: str) -> Iterator[Mistake]:
    """Yield the numbers of a condition that stand outside of lists and have a comma that no blank follows."""
    brackets: list[str] = []
    pieces = list(tokens(condition))
    done = 0
    for number, token in enumerate(pieces):
        if token.kind == "sign" and token.text in "([{":
            brackets.append(token.text)
        elif token.kind == "sign" and token.text in ")]}" and brackets:
            brackets.pop()
        elif token.kind == "number" and token.start >= done and brackets[-1:] != ["["]:
            run = _run(pieces, number)
            done = run[-1].end
            if mistake := _mistake(condition, run):
                yield mistake


def _run(pieces: list[Token], at: int) -> list[Token]:
    """Return the numbers and commas from a place on that touch each other."""
    run = [pieces[at]]
    for token in pieces[at + 1 :]:
        if token.start != run[-1].end or not (token.kind == "number" or token.text == ","):
            break
        run.append(token)
    return run


def _mistake(condition: str, run: list[Token]) -> Mistake | None:
    written = "".join(token.text for token in run)
    if _GROUPED.fullmatch(written):
        plain = written.replace(",", "")
    elif _EUROPEAN.fullmatch(written):
        plain = written.replace(".", "").replace(",", ".")
    else:
        return None
    edits = (Edit(run[0].start, run[-1].end, plain),)
    return Mistake(*place(condition, run[0].start), f"{written} is no number: numbers have no commas", plain, edits)
