"""Words of other languages where CEL has signs, brackets or methods: `and`, `is null`, `ends with`."""

from collections.abc import Sequence
from typing import Final

from preo_mcp.cel.mistakes import Advice, Edit
from preo_mcp.cel.tokens import Token

_WORDS: Final = {"and": "&&", "or": "||", "not": "!"}
WORD_OF: Final = {sign: word for word, sign in _WORDS.items()}
"""What a sign is called where it is a word."""
_NOTES: Final = {
    **dict.fromkeys(("like", "ilike"), "contains('...'), startsWith('...'), endsWith('...') or matches('...')"),
    "between": "a >= low && a <= high",
    **dict.fromkeys(("if", "then", "else"), "write condition ? a : b"),
    **dict.fromkeys(("for", "select", "where", "from"), "user.orders.exists(o, o.total > 500) looks into a list"),
}
_COMPARING: Final = frozenset(["==", "!=", "<", "<=", ">", ">=", "=", "in"])
_METHODS: Final = {"ends with": "endsWith", "starts with": "startsWith"}

Found = tuple[Token, str, Advice]
"""Where, what is wrong, and what to do."""


def word_slip(pieces: Sequence[Token], at: int) -> Found | None:
    """Return the slip that begins at a name, with the last token of what is wrong."""
    token, following = pieces[at], pieces[at + 1] if at + 1 < len(pieces) else None
    before = pieces[at - 1] if at else None
    word = token.text.casefold()
    if word == "in":
        return _in_brackets(pieces, at)
    if (before is not None and before.text == ".") or (following is not None and following.text in ("(", ".", ",")):
        return _not_before_bracket(token, following, before)
    if word == "not" and following is not None and following.text == "in":
        return following, "unexpected not in", Advice("write !(value in list)")
    rule = {"is": _is_null, "not": _not}.get(word)
    if rule is not None:
        return rule(pieces, at)
    return _joined(token, word) if word in _WORDS else _method(pieces, at) or _noted(token, word, is_first=at == 0)


def _noted(token: Token, word: str, *, is_first: bool) -> Found | None:
    if word not in _NOTES or (is_first and word != "if"):
        return None
    return token, f"unexpected {token.text}", Advice(_NOTES[word])


def _not_before_bracket(token: Token, following: Token | None, before: Token | None) -> Found | None:
    """Return `and (`, `or (`, `not (` and `in (`, which stand where no function can be called."""
    is_part = before is not None and before.text == "."
    if is_part or following is None or following.text != "(":
        return None
    word = token.text.casefold()
    ends_value = before is not None and (before.kind in ("name", "string", "number") or before.text in (")", "]"))
    if word == "not":
        return token, f"unexpected {token.text}", Advice("write ! for not", (Edit(token.start, following.start, "!"),))
    return _joined(token, word) if word in _WORDS and ends_value else None


def _joined(token: Token, word: str) -> Found:
    right = _WORDS[word]
    return (
        token,
        f"unexpected {token.text}",
        Advice(f"write {right} for {word}", (Edit(token.start, token.end, right),)),
    )


def _not(pieces: Sequence[Token], at: int) -> Found:
    """Return `not a`; before a comparison it is the whole that is meant, and `!` would take its left side only."""
    token, rest = pieces[at], pieces[at + 1 :]
    depth = 0
    for one in rest:
        depth += (one.text in ("(", "[")) - (one.text in (")", "]"))
        if depth < 0 or (depth == 0 and one.text.casefold() in ("&&", "||", "and", "or", "?", ",")):
            break
        if depth == 0 and one.text in _COMPARING:
            return token, f"unexpected {token.text}", Advice("write !(...) for not")
    edits = (Edit(token.start, rest[0].start, "!"),) if rest else ()
    return token, f"unexpected {token.text}", Advice("write ! for not", edits)


def _method(pieces: Sequence[Token], at: int) -> Found | None:
    """Return `a contains 'x'`, `a ends with 'x'`: a method that is written between its operands."""
    words = " ".join(one.text.casefold() for one in pieces[at : at + 2])
    name, length = (_METHODS[words], 2) if words in _METHODS else ("contains", 1)
    if (length == 1 and not words.startswith("contains ")) or at == 0 or at + length >= len(pieces):
        return None
    argument = pieces[at + length]
    if argument.kind != "string" or pieces[at - 1].kind != "name":
        return None
    shown = f".{name}({argument.text})"
    advice = Advice(f"write {shown}", (Edit(pieces[at - 1].end, argument.end, shown),))
    return argument, f"unexpected {' '.join(one.text for one in pieces[at : at + length])}", advice


def _is_null(pieces: Sequence[Token], at: int) -> Found | None:
    words = [one.text.casefold() for one in pieces[at + 1 : at + 3]]
    is_negated = words[:1] == ["not"]
    end = at + (2 if is_negated else 1)
    if words[end - at - 1 : end - at] not in (["null"], ["none"]):
        return pieces[at], f"unexpected {pieces[at].text}", Advice("write == to compare")
    right = "!= null" if is_negated else "== null"
    advice = Advice(f"write {right}", (Edit(pieces[at].start, pieces[end].end, right),))
    return pieces[end], f"unexpected {pieces[at].text}", advice


def _in_brackets(pieces: Sequence[Token], at: int) -> Found | None:
    """Return `in ('DK', 'SE')`, which stands for a list."""
    if at + 1 >= len(pieces) or pieces[at + 1].text != "(":
        return None
    end = at + 2
    while end < len(pieces) and (pieces[end].kind in ("string", "number") or pieces[end].text == ","):
        end += 1
    if end == at + 2 or end >= len(pieces) or pieces[end].text != ")":
        return None
    opening, closing = pieces[at + 1], pieces[end]
    edits = (Edit(opening.start, opening.end, "["), Edit(closing.start, closing.end, "]"))
    return closing, "a list stands in [ ]", Advice("write in [...]", edits)
