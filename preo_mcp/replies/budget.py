"""No result takes more tokens than the setting allows: what does not fit is cut at an item, and the cut is said.

Tokens are estimated from bytes, because a tokenizer's vocabulary weighs 40 MB. JSON full of ids, the densest that Preo
returns, has 2.2 to 3 bytes to a token (o200k).
"""

import json
from bisect import bisect_right
from collections.abc import Callable
from typing import Any, cast

BYTES_PER_TOKEN = 2.2

Content = dict[str, Any]
"""A result as plain JSON values."""

RestAfter = Callable[[str, int], tuple[int, str] | None]
"""Given a field and how many of its items fit: how many to keep and which arguments get the rest; None if none do."""


def estimate_tokens(text: str) -> int:
    """Return about how many tokens `text` takes, rather too many than too few."""
    return int(len(text.encode()) / BYTES_PER_TOKEN) + 1


def fit(content: Content, budget: int, text: Callable[[Content], str], rest_after: RestAfter) -> Content:
    """Return `content` within `budget`, both as structured content and as `text` renders it.

    The heaviest list is cut first; a field that is no list goes as a whole. Each cut is said in `notes`.
    """

    def cost(candidate: Content) -> int:
        return max(estimate_tokens(text(candidate)), estimate_tokens(json.dumps(candidate, ensure_ascii=False)))

    while cost(content) > budget:
        name = _heaviest(content)
        value = content[name]
        if not isinstance(value, list):
            content = _without(content, name, budget)
            continue
        sizes = range(1, len(cast("list[Any]", value)))
        whole = content
        kept = bisect_right(sizes, budget, key=lambda keep: cost(_cut(whole, name, keep, budget, "")))
        kept, rest = rest_after(name, kept) or (kept, "")
        content = _cut(content, name, kept, budget, rest) if kept else _without(content, name, budget)
    return content


def _heaviest(content: Content) -> str:
    weights = {name: len(json.dumps(value)) for name, value in content.items() if name != "notes"}
    lists = {name: weight for name, weight in weights.items() if isinstance(content[name], list) and content[name]}
    heavy = lists or weights
    return max(heavy, key=lambda name: heavy[name])


def _cut(content: Content, name: str, kept: int, budget: int, rest: str) -> Content:
    note = f"Cut: {kept} of {len(content[name])} {name} are shown, to stay within {budget} tokens."
    changed = {**content, name: content[name][:kept], "notes": [*content.get("notes", []), note]}
    return changed | {"returned": kept, "next": rest} if rest else changed


def _without(content: Content, name: str, budget: int) -> Content:
    note = f"Cut: {name} is left out, to stay within {budget} tokens."
    kept = {field: value for field, value in content.items() if field != name}
    return {**kept, "notes": [*content.get("notes", []), note]}
