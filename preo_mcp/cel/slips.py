"""Habits of other languages that CEL's grammar does not know, found in a condition that cannot be read."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from preo_mcp.cel.mistakes import Advice, Edit, Mistake
from preo_mcp.cel.moments import span_of
from preo_mcp.cel.parser import LOOPS
from preo_mcp.cel.slip_words import WORD_OF, Found, word_slip
from preo_mcp.cel.tokens import Token, place, tokens

_SIGNS: Final = {"&": "&&", "|": "||", "=": "=="}
_PAIRS: Final = {
    ("<", ">"): "!=",
    ("==", "="): "==",
    ("!=", "="): "!=",
    ("=", "<"): "<=",
    ("=", ">"): ">=",
    ("?", "."): ".",
}
"""Signs that touch each other; `=>` is another matter where a name stands before it that a bracket opens."""
_QUOTES: Final = {**dict.fromkeys("‘’‚", "'"), **dict.fromkeys("“”„«»", '"')}
_ARROWS: Final = "write exists(x, condition)"

_CURRENCIES: Final = frozenset(["kr", "dkk", "sek", "nok", "eur", "euro", "usd", "gbp", "pln"])
_OTHER_QUOTE: Final = re.compile(r"""[\w @.+:-]*['"]""")
_PLAIN_TEXT: Final = re.compile(r"[\w@.+:-]+")


def slips(condition: str) -> Iterator[Mistake]:
    """Yield the slips of a condition, in the order of their places."""
    pieces = list(tokens(condition))
    skipped = 0
    for number, token in enumerate(pieces):
        if number < skipped:
            continue
        if token.kind == "sign" and token.text in "'\"":
            yield _endless(condition, token)
            return
        if token.text == "(":
            yield from _comma(condition, pieces, number)
            continue
        found = _slip(pieces, number)
        if found is not None:
            ending, message, advice = found
            skipped = pieces.index(ending, number) + 1
            yield Mistake(*place(condition, token.start), message, advice.suggestion, advice.edits)


def _slip(pieces: Sequence[Token], at: int) -> Found | None:
    """Return the slip that begins at a token, with the last token of what is wrong."""
    token, *rest = pieces[at : at + 3]
    following = rest[0] if rest else None
    if token.kind == "number":
        return _unit(token, following)
    if token.kind == "name":
        return word_slip(pieces, at)
    if token.kind != "sign":
        return None
    if token.text in _QUOTES:
        return _quote(pieces, at)
    touches = following is not None and following.start == token.end and following.kind == "sign"
    found = _pair(pieces, at) if touches else None
    return found or _sign(token, is_last=following is None)


def _comma(condition: str, pieces: Sequence[Token], at: int) -> Iterator[Mistake]:
    """Yield the missing comma of `exists(o o.total > 5)`, where a bracket opens."""
    inside = pieces[at + 1 : at + 3]
    if at and pieces[at - 1].text in LOOPS and [one.kind for one in inside] == ["name", "name"]:
        variable, body = inside
        edits = (Edit(variable.end, body.start, ", "),)
        yield Mistake(*place(condition, variable.end), f"a comma is missing behind {variable.text}", ",", edits)


def _sign(token: Token, *, is_last: bool) -> Found | None:
    if token.text in _SIGNS:
        right = _SIGNS[token.text]
        word = "write == to compare" if right == "==" else f"write {right} for {WORD_OF[right]}"
        return token, f"unexpected {token.text}", Advice(word, (Edit(token.start, token.end, right),))
    if token.text == ";" and is_last:
        return token, "unexpected ;", Advice("leave out the ;", (Edit(token.start, token.end, ""),))
    return None


def _endless(condition: str, quote: Token) -> Mistake:
    """Return the mistake of a text that no quote ends; what follows it cannot be told from it."""
    rest = condition[quote.end :]
    edits: tuple[Edit, ...] = ()
    if mixed := _OTHER_QUOTE.match(rest):
        closing = quote.end + mixed.end()
        edits = (Edit(closing - 1, closing, quote.text),)
    elif _PLAIN_TEXT.fullmatch(rest):
        edits = (Edit(len(condition), len(condition), quote.text),)
    where = place(condition, quote.start)
    return Mistake(*where, "the text has no end", "end the text with the quote that it began with", edits)


def _unit(token: Token, following: Token | None) -> Found | None:
    if following is None or following.kind != "name" or not token.text.isdecimal():
        return None
    span = span_of(f"{token.text}{following.text}") or (f"{token.text}h" if following.text == "h" else None)
    message = f"{token.text}{' ' * (following.start - token.end)}{following.text} is no value"
    if span is None:
        is_money = following.text.casefold() in _CURRENCIES
        return (
            (following, message, Advice(f"write {token.text}; an order's currency tells which")) if is_money else None
        )
    shown = f"duration('{span}')"
    return following, message, Advice(shown, (Edit(token.start, following.end, shown),))


def _quote(pieces: Sequence[Token], at: int) -> Found:
    token = pieces[at]
    right = _QUOTES[token.text]
    message = f"{token.text} is no quote that CEL knows"
    return token, message, Advice("write straight quotes", (Edit(token.start, token.end, right),))


def _pair(pieces: Sequence[Token], at: int) -> Found | None:
    first, second = pieces[at], pieces[at + 1]
    text = first.text + second.text
    if text in ("=>", "->") and at >= 2 and pieces[at - 1].kind == "name" and pieces[at - 2].text == "(":
        edits = (Edit(pieces[at - 1].end, second.end, ","),)
        return second, f"unexpected {text}", Advice(_ARROWS, edits)
    right = _PAIRS.get((first.text, second.text))
    if right is None:
        return None
    edits = (Edit(first.start, second.end, right),)
    return second, f"unexpected {text}", Advice(f"write {right}", edits)
