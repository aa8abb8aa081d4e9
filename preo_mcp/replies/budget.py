"""No result takes more tokens than the setting allows: what does not fit is cut at an item, and the cut is said.

Tokens are estimated, because a tokenizer's vocabulary weighs 40 MB: pieces of words, pairs of digits and of signs, and
for what is not ASCII a token per byte but the first of a letter. Held against o200k by a test, ids and emoji included.
"""

import json
import re
from bisect import bisect_left
from collections.abc import Callable
from typing import Any, cast

PIECES = re.compile(r"[A-Z]?[a-z]{1,4}|[A-Z]{1,2}|[0-9]{1,2}|[!-/:-@\[-`{-~]{1,2}|\n")
SAFETY = 1.1

Content = dict[str, Any]
"""A result as plain JSON values."""

RestAfter = Callable[[str, int], tuple[int, str] | None]
"""Given a field and how many of its items fit: how many to keep and which arguments get the rest; None if none do."""


def estimate_tokens(text: str) -> int:
    """Return about how many tokens `text` takes, rather too many than too few."""
    beyond_ascii = 0 if text.isascii() else len(text.encode(errors="replace")) - len(text)
    return int((len(PIECES.findall(text)) + beyond_ascii) * SAFETY) + 1


def fit(content: Content, budget: int, text: Callable[[Content], str], rest_after: RestAfter) -> Content:
    """Return `content` within `budget`, both as structured content and as `text` renders it.

    The heaviest field is cut first: a list at an item, anything else goes as a whole. The cuts are said in `notes`.
    """
    shown, notes = content, dict[str, str]()

    def fits(candidate: Content) -> bool:
        # The JSON first: it is mostly the longer one, and where it does not fit, the text need not be made.
        as_json = json.dumps(candidate, ensure_ascii=False)
        return estimate_tokens(as_json) <= budget and estimate_tokens(text(candidate)) <= budget

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

    while not fits(shown) and (name := _heaviest(shown)) is not None:
        value = shown[name]
        lengths = range(1, len(cast("list[Any]", value)) if isinstance(value, list) else 1)
        fitting = bisect_left(lengths, True, key=lambda length, name=name: not fits(cut(name, length)[0]))  # noqa: FBT003
        shown, notes = cut(name, fitting)
    return shown


def _heaviest(content: Content) -> str | None:
    weights = {name: len(json.dumps(value)) for name, value in content.items() if name != "notes"}
    return max(weights, key=lambda name: weights[name], default=None)


def _without(content: Content, name: str) -> Content:
    return {field: value for field, value in content.items() if field != name}
