"""A result within its budget of tokens in both its forms, structured content as JSON and text.

Each item of a list is weighed once: no piece of a text spans a space, so what is put together at spaces weighs as much
as its parts do.
"""

import json
import re
from bisect import bisect_left
from collections.abc import Callable
from typing import Any, Final

from preo_mcp.replies.text import render

PIECES: Final = re.compile(r"[a-z]{1,4}|[A-Z](?:[a-z]{1,4}|[A-Z])?|[0-9]{1,2}|[!-/:-@\[-`{-~]{1,2}|\n")
SAFETY: Final = 1.1
BLOCK: Final = 4096
"""Characters that are weighed before it is asked whether the rest matters."""
ESCAPED: Final = 6
"""Characters of an escape in JSON that is ASCII alone, of what UTF-16 takes one unit for."""
DELETE: Final = "\x7f"
"""The one character of ASCII that is escaped there and not elsewhere."""

Content = dict[str, Any]
"""A result as plain JSON values."""

RestAfter = Callable[[str, int], tuple[int, str] | None]
"""Given a field and how many of its items fit: how many to keep and which arguments get the rest; None if none do."""

as_json: Final = json.JSONEncoder(ensure_ascii=False).encode


def estimate_tokens(text: str) -> int:
    """Return about how many tokens `text` takes, rather too many than too few."""
    return _tokens(_weight(text))


def fit(content: Content, budget: int, rest_after: RestAfter) -> tuple[Content, str]:
    """Return `content` within `budget`, and as text, which is within `budget` too.

    The heaviest field is cut first: a list at an item, anything else goes as a whole. The cuts are said in `notes`.
    """
    shown, notes = content, dict[str, str]()

    def cut(name: str, fitting: int) -> tuple[Content, dict[str, str]]:
        kept, rest = rest_after(name, fitting) or (fitting, "") if fitting else (0, "")
        if fitting:
            note = f"Cut: {kept} of {len(content[name])} {name} are shown, to stay within {budget} tokens."
        else:
            note = f"Cut: {name} is left out, to stay within {budget} tokens."
            _, rest = rest_after(name, 1) or (0, "")
        changed = {**shown, name: shown[name][:kept]} if fitting else _without(shown, name)
        all_notes = {**notes, name: note}
        changed["notes"] = [*content.get("notes", []), *all_notes.values()]
        return changed | ({"returned": kept, "next": rest} if rest else {}), all_notes

    while True:
        fields = {name: as_json(value) for name, value in shown.items()}
        heaviest = _heaviest(fields)
        if heaviest is None:
            return shown, render(shown)
        has_items = isinstance(shown[heaviest], list) and fields[heaviest] != "[]"
        fitting = _whole(shown, fields, budget, is_weighed_by_item=has_items)
        if fitting is None and has_items:
            fitting = _most_items(shown, heaviest, budget, lambda length, name=heaviest: cut(name, length)[0])
        if fitting is not None:
            return fitting
        shown, notes = cut(heaviest, 0)


def _whole(
    shown: Content, fields: dict[str, str], budget: int, *, is_weighed_by_item: bool
) -> tuple[Content, str] | None:
    """Return the content with its text where both fit; what is weighed by item later is not weighed here too."""
    content = _object(fields)
    # The JSON first: it is mostly the longer one, and where it does not fit, the text need not be made.
    if not (_surely_fits(content, budget) if is_weighed_by_item else _fits(content, budget)):
        return None
    text = render(shown)
    return (shown, text) if _fits(text, budget) else None


def _most_items(whole: Content, name: str, budget: int, cut: Callable[[int], Content]) -> tuple[Content, str] | None:
    """Return the content with as many items of a field as fit, and its text.

    `cut` returns the content with a number of items at most. The result is None where not even one fits.
    """
    texts, sums = _weighed(whole[name], budget)

    def is_json_over(shown: Content) -> bool:
        last = len(shown[name]) - 1
        before, after = _around(shown, name)
        return _tokens(_weight(before) + sums[last] + _weight(f"{texts[last]}]{after}")) > budget

    def with_text(shown: Content) -> tuple[Content, str]:
        return shown, render(shown)

    def is_over(shown: Content) -> bool:
        return not _fits(render(shown), budget)

    if _tokens(sums[-1]) <= budget and not is_json_over(whole) and not is_over(whole):
        return with_text(whole)
    # All of `texts` are over the budget, or are all the items.
    fitting = bisect_left(range(1, len(texts)), True, key=lambda length: is_json_over(cut(length)))  # noqa: FBT003
    most = with_text(cut(fitting)) if fitting else None
    if most is None or _fits(most[1], budget):
        return most
    fitting = bisect_left(range(1, fitting), True, key=lambda length: is_over(cut(length)))  # noqa: FBT003
    return with_text(cut(fitting)) if fitting else None


def _weighed(items: list[Any], budget: int) -> tuple[list[str], list[int]]:
    """Return the items as they stand in JSON, and what they weigh up to each, as far as they can fit and one more."""
    texts, sums = list[str](), [0]
    for item in items:
        texts.append(as_json(item) if texts else f"[{as_json(item)}")
        sums.append(sums[-1] + _weight(f"{texts[-1]},"))
        if _tokens(sums[-1]) > budget:
            break
    return texts, sums


def _around(content: Content, name: str) -> tuple[str, str]:
    """Return what stands in the JSON of `content` before and after the value of a field."""
    names = list(content)
    place = names.index(name)
    before = as_json({field: content[field] for field in names[:place]})[:-1]
    after = as_json({field: content[field] for field in names[place + 1 :]})[1:]
    return f"{before}{', ' if place else ''}{as_json(name)}: ", f", {after}" if place + 1 < len(names) else after


def _object(fields: dict[str, str]) -> str:
    return f"{{{', '.join(f'{as_json(name)}: {value}' for name, value in fields.items())}}}"


def _heaviest(fields: dict[str, str]) -> str | None:
    lengths = {name: _length_with_escapes(text) for name, text in fields.items() if name != "notes"}
    return max(lengths, key=lambda name: lengths[name], default=None)


def _length_with_escapes(text: str) -> int:
    plain = len(text.encode("ascii", "ignore")) - text.count(DELETE)
    return plain + ESCAPED * (len(text.encode("utf-16-le", "surrogatepass")) // 2 - plain)


def _without(content: Content, name: str) -> Content:
    return {field: value for field, value in content.items() if field != name}


def _tokens(weight: int) -> int:
    return int(weight * SAFETY) + 1


def _weight(text: str) -> int:
    return PIECES.subn("", text)[1] + _beyond_ascii(text)


def _beyond_ascii(text: str) -> int:
    return 0 if text.isascii() else len(text.encode(errors="replace")) - len(text)


def _surely_fits(text: str, budget: int) -> bool:
    """Whether it would fit even if each character were a piece."""
    return _tokens(len(text) + _beyond_ascii(text)) <= budget


def _fits(text: str, budget: int) -> bool:
    if _surely_fits(text, budget):
        return True
    weight, start = _beyond_ascii(text), 0
    while start < len(text):
        found = text.find(" ", start + BLOCK)
        end = len(text) if found < 0 else found
        weight += PIECES.subn("", text[start:end])[1]
        if _tokens(weight) > budget:
            return False
        start = end
    return True
