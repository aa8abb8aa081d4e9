"""A result within its budget of tokens in both its forms, structured content as JSON and text.

Each item of a list is weighed once: no piece of a text spans a space, so what is put together at spaces weighs as much
as its parts do. Of the longest list, the items that cannot fit are neither weighed nor made ready to be shown.
"""

import json
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeGuard, cast

from preo_mcp.api.schema import NEXT_STEP
from preo_mcp.replies.text import render
from preo_mcp.replies.weight import fits, surely_fits, tokens, weight

ESCAPED: Final = 6
"""Characters of an escape in JSON that is ASCII alone, of what UTF-16 takes one unit for."""
DELETE: Final = "\x7f"
"""The one character of ASCII that is escaped there and not elsewhere."""

Content = dict[str, Any]
"""A result as plain JSON values."""

RestAfter = Callable[[str, int], tuple[int, str] | None]
"""Given a field and how many of its items fit: how many to keep and which arguments get the rest; None if none do."""

Shown = Callable[[str, Any], Any]
"""Given a field's name and its value, how that is shown: a list item by item, each by itself."""

KEPT: Final = frozenset({"notes", NEXT_STEP})
"""Fields that are never cut."""
SHORT: Final = 64
"""Characters in JSON of what is never cut either: a number, a time, an id, a word."""

as_json: Final = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(slots=True)
class Items:
    """The items of a list, weighed one by one as far as they can fit, and one more.

    Attributes:
        name: The field.
        count: How many there are.
        shown: They as they are shown: all, or where that is enough those that are weighed.
        texts: They as they stand in JSON, the first with the bracket before it.
        sums: What they weigh up to each.
    """

    name: str
    count: int
    shown: list[Any] = field(default_factory=list[Any])
    texts: list[str] = field(default_factory=list[str])
    sums: list[int] = field(default_factory=lambda: [0])

    @classmethod
    def weighed(cls, name: str, items: Sequence[Any], budget: int, shown: Shown | None = None) -> "Items":
        """Return the items, each as `shown` makes it."""
        found = cls(name, len(items))
        for item in items:
            one = shown(name, [item])[0] if shown else item
            text = as_json(one)
            found.shown.append(one)
            found.texts.append(text if found.texts else f"[{text}")
            found.sums.append(found.sums[-1] + weight(f"{found.texts[-1]},"))
            if tokens(found.sums[-1]) > budget:
                break
        return found

    @property
    def is_cut(self) -> bool:
        """Whether only those are there that were weighed, and they do not fit."""
        return len(self.shown) < self.count

    @property
    def json(self) -> str:
        """Those that are there in JSON."""
        return f"{', '.join(self.texts)}]" if len(self.texts) == len(self.shown) else as_json(self.shown)


@dataclass(frozen=True, slots=True)
class Ready:
    """A result as it is shown, but for its budget.

    Attributes:
        content: All of it; of the longest list, if it has any, only the items that can matter.
        longest: That list.
        is_changed: Whether anything is shown otherwise than it was.
    """

    content: Content
    longest: Items | None
    is_changed: bool


def made_ready(content: Content, budget: int, shown: Shown) -> Ready:
    """Return `content` as it is shown; in the budget, it comes to the same as if all its items were made ready."""
    lists = {name: len(value) for name, value in content.items() if _has_items(value) and name != "notes"}
    longest = max(lists, key=lambda name: lists[name], default=None)
    ready = {name: value if name == longest else shown(name, value) for name, value in content.items()}
    if longest is None:
        return Ready(ready, None, ready != content)
    items = Items.weighed(longest, content[longest], budget, shown)
    if items.is_cut and not _is_heaviest(items, ready):  # then it is not certain that it is cut first
        items.shown += shown(longest, content[longest][len(items.shown) :])
    ready[longest] = items.shown
    return Ready(ready, items, ready != {**content, longest: content[longest][: len(items.shown)]})


def fit(content: Content, budget: int, rest_after: RestAfter, longest: Items | None = None) -> tuple[Content, str]:
    """Return `content` within `budget`, and as text, which is within `budget` too.

    The heaviest field is cut first: a list at an item, anything else goes as a whole. The cuts are said in `notes`.
    What is short is never cut, so that what the schema of a result requires is there. `longest` is its longest list,
    where that was weighed already.
    """
    return _surely_whole(content, budget, longest) or _cut_to_fit(content, budget, rest_after, longest)


def _surely_whole(content: Content, budget: int, longest: Items | None) -> tuple[Content, str] | None:
    """Return the content with its text where it is so small, as one object mostly is, that no field is weighed."""
    if longest and (longest.is_cut or tokens(longest.sums[-1]) > budget):
        return None
    if not surely_fits(as_json(content), budget):
        return None
    text = render(content)
    return (content, text) if fits(text, budget) else None


def _cut_to_fit(content: Content, budget: int, rest_after: RestAfter, longest: Items | None) -> tuple[Content, str]:
    shown, notes = content, dict[str, str]()

    def cut(name: str, fitting: int) -> tuple[Content, dict[str, str]]:
        kept, rest = rest_after(name, fitting) or (fitting, "") if fitting else (0, "")
        if fitting:
            count = longest.count if longest and longest.name == name else len(content[name])
            note = f"Cut: {kept} of {count} {name} are shown, to stay within {budget} tokens."
        else:
            note = f"Cut: {name} is left out, to stay within {budget} tokens."
            _, rest = rest_after(name, 1) or (0, "")
        changed = {**shown, name: shown[name][:kept]} if fitting else _without(shown, name)
        all_notes = {**notes, name: note}
        changed["notes"] = [*content.get("notes", []), *all_notes.values()]
        return changed | ({"returned": kept, "next": rest} if rest else {}), all_notes

    while True:
        weighed = {longest.name: longest} if longest and longest.name in shown else {}
        if longest and weighed and longest.is_cut:
            heaviest, fitting = longest.name, None
        else:
            fields = {name: weighed[name].json if name in weighed else as_json(shown[name]) for name in shown}
            heaviest = _heaviest(fields)
            if heaviest is None:
                return shown, render(shown)
            fitting = _whole(shown, fields, budget, is_weighed_by_item=_has_items(shown[heaviest]))
        if fitting is None and _has_items(shown[heaviest]):
            items = weighed.get(heaviest) or Items.weighed(heaviest, shown[heaviest], budget)
            fitting = _most_items(shown, items, budget, lambda length, name=heaviest: cut(name, length)[0])
        if fitting is not None:
            return fitting
        shown, notes = cut(heaviest, 0)


def _whole(
    shown: Content, fields: dict[str, str], budget: int, *, is_weighed_by_item: bool
) -> tuple[Content, str] | None:
    """Return the content with its text where both fit; what is weighed by item later is not weighed here too."""
    content = _object(fields)
    # The JSON first: it is mostly the longer one, and where it does not fit, the text need not be made.
    if not (surely_fits(content, budget) if is_weighed_by_item else fits(content, budget)):
        return None
    text = render(shown)
    return (shown, text) if fits(text, budget) else None


def _most_items(whole: Content, items: Items, budget: int, cut: Callable[[int], Content]) -> tuple[Content, str] | None:
    """Return the content with as many items of a list as fit, and its text.

    `cut` returns the content with a number of items at most. The result is None where not even one fits.
    """
    name, texts, sums = items.name, items.texts, items.sums

    def is_json_over(shown: Content) -> bool:
        last = len(shown[name]) - 1
        before, after = _around(shown, name)
        return tokens(weight(before) + sums[last] + weight(f"{texts[last]}]{after}")) > budget

    def with_text(shown: Content) -> tuple[Content, str]:
        return shown, render(shown)

    def is_over(shown: Content) -> bool:
        return not fits(render(shown), budget)

    if tokens(sums[-1]) <= budget and not is_json_over(whole) and not is_over(whole):
        return with_text(whole)
    # All of `texts` are over the budget, or are all the items.
    fitting = bisect_left(range(1, len(texts)), True, key=lambda length: is_json_over(cut(length)))  # noqa: FBT003
    most = with_text(cut(fitting)) if fitting else None
    if most is None or fits(most[1], budget):
        return most
    fitting = bisect_left(range(1, fitting), True, key=lambda length: is_over(cut(length)))  # noqa: FBT003
    return with_text(cut(fitting)) if fitting else None


def _has_items(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list) and bool(cast("list[Any]", value))


def _is_heaviest(items: Items, content: Content) -> bool:
    """Whether a list of which some items are left out is heavier than any other field even so."""
    others = {name: as_json(value) for name, value in content.items() if name != items.name}
    return _heaviest({items.name: items.json, **others}) == items.name


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
    can_go = {name: text for name, text in fields.items() if name not in KEPT and len(text) > SHORT}
    lengths = {name: _length_with_escapes(text) for name, text in can_go.items()}
    return max(lengths, key=lambda name: lengths[name], default=None)


def _length_with_escapes(text: str) -> int:
    plain = len(text.encode("ascii", "ignore")) - text.count(DELETE)
    return plain + ESCAPED * (len(text.encode("utf-16-le", "surrogatepass")) // 2 - plain)


def _without(content: Content, name: str) -> Content:
    return {field: value for field, value in content.items() if field != name}
