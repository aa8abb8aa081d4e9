"""Slips in conditions that cannot be read: words of other languages, unmatched brackets, commas in numbers."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from preo_mcp.cel.mistakes import Advice, Edit, Mistake
from preo_mcp.cel.moments import span_of
from preo_mcp.cel.parser import LOOPS
from preo_mcp.cel.tokens import Token, place, tokens

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

_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
_JOINING: Final = frozenset(["&&", "||", "?", ":"])

_CURRENCIES: Final = frozenset(["kr", "dkk", "sek", "nok", "eur", "euro", "usd", "gbp", "pln"])
_OTHER_QUOTE: Final = re.compile(r"""[\w @.+:-]*['"]""")
_PLAIN_TEXT: Final = re.compile(r"[\w@.+:-]+")

_GROUPED: Final = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_EUROPEAN: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})*,[0-9]{1,2}")


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


def bracket_mistakes(condition: str) -> Iterator[Mistake]:
    """Yield the first bracket that nothing closes, that nothing opens, or that another kind closes."""
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
        yield Mistake(*place(condition, variable.end), f"a comma is missing after {variable.text}", ",", edits)


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
    message = f"{token.text}{' ' * (following.start - token.end)}{following.text} is not a value"
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
    message = f"{token.text} is not a quotation mark in CEL"
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


def _unclosed(condition: str, pieces: list[Token], opening: Token) -> Mistake:
    """Return the mistake of a bracket that nothing closes; where it ends is sure only where nothing is joined in it."""
    closing = _CLOSING[opening.text]
    inside = pieces[pieces.index(opening) + 1 :]
    is_sure = not any(token.text in _JOINING for token in inside)
    edits = (Edit(len(condition), len(condition), closing),) if is_sure else ()
    return Mistake(*place(condition, opening.start), f"nothing closes this {opening.text}", f"add {closing}", edits)


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
    return Mistake(*place(condition, run[0].start), f"{written} is not a number: numbers have no commas", plain, edits)
