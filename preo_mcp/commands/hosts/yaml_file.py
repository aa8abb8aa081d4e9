"""The entry in a file of YAML, as Goose has it: put, brought up to date, taken out, all else kept with its comments.

Where things stand is asked of a parser (pyyaml, an optional part); the text itself is only cut and joined. What the
edit comes to is read again and compared, so that a form of YAML that is not foreseen here is refused, and never spoilt.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Final, cast

from preo_mcp.api.errors import MissingExtra, to_get
from preo_mcp.commands.hosts.jsonc import BYTE_ORDER_MARK, Broken
from preo_mcp.commands.hosts.splices import Splice, end_of_line

INDENT: Final = "  "
_NOT_AS_IT_IS: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")


@dataclass(frozen=True, slots=True)
class YamlFile:
    """Edits `name` in the mapping `container` of a document."""

    container: str
    name: str

    def entry(self, text: str) -> Any | None:
        """Return what the entry says, or None where there is none."""
        box = _read(text).get(self.container)
        return cast("dict[Any, Any]", box).get(self.name) if isinstance(box, dict) else None

    def put(self, text: str, data: dict[str, Any]) -> Splice | None:
        """Return the change that brings the entry, or brings it up to date; None where it says that already."""
        if self.entry(text) == data:
            return None
        root = _composed(text)
        key, box = _child(text, root, self.container)
        if root is None or key is None or box is None:
            return self._checked(text, self._box(text, root, data), data)
        if box.start_mark.index < key.end_mark.index:
            raise Broken(text, key.start_mark.index, f"{self.container} is an alias, which is not edited")
        if box.id == "scalar":
            return self._checked(text, self._filled(text, root, key, box, data), data)
        if box.id != "mapping":
            raise Broken(text, box.start_mark.index, f"{self.container} should be a mapping")
        ours, value = _child(text, box, self.name)
        if ours is not None and value is not None:
            return self._checked(text, self._renewed(text, ours, value, data), data)
        return self._checked(text, self._added(text, key, box, data), data)

    def take_out(self, text: str) -> Splice | None:
        """Return the change that removes the entry with its lines; None where there is none."""
        key, box = _child(text, _composed(text), self.container)
        ours, value = _child(text, box, self.name) if box is not None and box.id == "mapping" else (None, None)
        if key is None or box is None or ours is None or value is None:
            return None
        if box.flow_style:
            start, end = ours.start_mark.index, value.end_mark.index
            after = re.compile(r"\s*,\s*").match(text, end)
            before = re.search(r"\s*,\s*\Z", text[:start])
            start, end = (start, after.end()) if after else (before.start() if before else start, end)
            return self._checked(text, Splice(start, text[start:end], ""), None)
        start, end = _start_of_line(text, ours.start_mark.index), _end_of_block(text, value)
        if len(box.value) == 1:  # a key without a value is null, and not an empty mapping
            line = _line_end(text, key.end_mark.index)
            kept = text[key.end_mark.index : line]
            empty = kept.replace(":", ": {}", 1)
            old = text[key.end_mark.index : end]
            return self._checked(text, Splice(key.end_mark.index, old, empty + text[line:start].rstrip("\r\n")), None)
        start, end = (start, _after_line(text, end)) if _after_line(text, end) > end else (start, end)
        return self._checked(text, Splice(start, text[start:end], ""), None)

    def others(self, text: str) -> Any:
        """Return the document's data beside the entry; an empty mapping is as good as none."""
        whole = dict(_read(text))
        box = whole.pop(self.container, None)
        if not isinstance(box, dict):
            return whole, box
        beside = {key: value for key, value in cast("dict[Any, Any]", box).items() if key != self.name}
        return whole, beside or None

    def _box(self, text: str, root: Any, data: dict[str, Any]) -> Splice:
        """Return the change that begins the mapping of all servers."""
        if root is not None and root.flow_style:
            rest = ", " if root.value else ""
            return Splice(root.start_mark.index + 1, "", f"{_json({self.container: {self.name: data}})[1:-1]}{rest}")
        end = end_of_line(text)
        margin = " " * (root.start_mark.column if root is not None else 0)
        is_begun = bool(text.removeprefix(BYTE_ORDER_MARK)) and not text.endswith(("\n", "\r"))
        lines = [f"{margin}{self.container}:", *self._lines(margin + INDENT, data)]
        return Splice(len(text), "", (end if is_begun else "") + end.join(lines) + end)

    def _filled(self, text: str, root: Any, key: Any, box: Any, data: dict[str, Any]) -> Splice:
        """Return the change that puts a mapping where there was no value."""
        if box.tag != "tag:yaml.org,2002:null":
            raise Broken(text, box.start_mark.index, f"{self.container} should be a mapping")
        if root.flow_style:
            return Splice(
                box.start_mark.index, text[box.start_mark.index : box.end_mark.index], _json({self.name: data})
            )
        line = _line_end(text, key.end_mark.index)
        margin = " " * key.start_mark.column + INDENT
        added = "".join(end_of_line(text) + one for one in self._lines(margin, data))
        if box.start_mark.index == box.end_mark.index:
            return Splice(line, "", added)
        start = box.start_mark.index
        return Splice(start, text[start:line], text[box.end_mark.index : line] + added)

    def _renewed(self, text: str, ours: Any, value: Any, data: dict[str, Any]) -> Splice:
        """Return the change that brings the entry up to date, in its place."""
        if value.flow_style or value.id == "scalar":
            start, end = value.start_mark.index, value.end_mark.index
            return Splice(start, text[start:end], ("" if start > ours.end_mark.index + 1 else " ") + _json(data))
        start, end = ours.start_mark.index, _end_of_block(text, value)
        margin = " " * ours.start_mark.column
        return Splice(start, text[start:end], end_of_line(text).join(self._lines(margin, data)).lstrip(" "))

    def _added(self, text: str, key: Any, box: Any, data: dict[str, Any]) -> Splice:
        """Return the change that brings the entry as the first one: the comments of the others stay above them."""
        if box.flow_style:
            rest = ", " if box.value else ""
            return Splice(box.start_mark.index + 1, "", f"{_json({self.name: data})[1:-1]}{rest}")
        margin = " " * box.start_mark.column
        line = _line_end(text, key.end_mark.index)
        return Splice(line, "", "".join(end_of_line(text) + one for one in self._lines(margin, data)))

    def _lines(self, margin: str, data: dict[str, Any]) -> list[str]:
        return [f"{margin}{self.name}:", *(f"{margin}{INDENT}{key}: {_json(value)}" for key, value in data.items())]

    def _checked(self, text: str, splice: Splice, data: dict[str, Any] | None) -> Splice:
        """Make sure that a change is sound, and that nothing but the entry is another."""
        after = splice.applied(text)
        try:
            is_sound = self.others(after) == self.others(text) and self.entry(after) == data
        except ValueError:
            is_sound = False
        if not is_sound:
            raise Broken(text, splice.start, "the entry cannot be edited here without changing what stands beside it")
        return splice


def _json(value: Any) -> str:
    """Return a value in YAML's flow style, which is JSON but for a few characters."""
    return _NOT_AS_IT_IS.sub(lambda one: f"\\u{ord(one[0]):04x}", json.dumps(value, ensure_ascii=False))


def _yaml() -> Any:
    try:
        import yaml
    except ModuleNotFoundError:
        why = "Goose's file is YAML, and pyyaml is not installed"
        raise MissingExtra("The file was not read", why, to_get("install")) from None
    return yaml


def _parsed(text: str, way: str) -> Any:
    """Raises ValueError: it is not one document of YAML."""
    yaml = _yaml()
    try:
        return getattr(yaml, way)(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        raise Broken(text, mark.index if mark else 0, exc.problem or "this is not YAML") from None
    except yaml.YAMLError as exc:
        raise Broken(text, getattr(exc, "position", 0), "this is not YAML") from None
    except (ValueError, RecursionError) as exc:
        raise Broken(text, 0, f"this is not YAML that can be read ({type(exc).__name__})") from None


def _read(text: str) -> dict[Any, Any]:
    found = _parsed(text, "load")
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Broken(text, 0, "the document should be a mapping")
    return cast("dict[Any, Any]", found)


def _composed(text: str) -> Any:
    """Return the document's mapping with its places; None where there is nothing, or null."""
    found = _parsed(text, "compose")
    return found if found is not None and found.id == "mapping" else None


def _child(text: str, inside: Any, name: str) -> tuple[Any, Any]:
    """Return key and value of a name in a mapping, both None where there is none; twice is refused."""
    pairs = [(key, value) for key, value in (inside.value if inside is not None else ()) if key.value == name]
    if len(pairs) > 1:
        mark, first = pairs[1][0].start_mark, pairs[0][0].start_mark
        why = f"{name} stands here for a second time (first in line {first.line + 1}); keep one"
        raise Broken(text, mark.index, why)
    return pairs[0] if pairs else (None, None)


def _start_of_line(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _line_end(text: str, at: int) -> int:
    """Return where the line of a place ends, before its line end."""
    found = re.compile(r"\r?\n|\Z").search(text, at)
    return found.start() if found else len(text)


def _after_line(text: str, at: int) -> int:
    found = re.compile(r"[ \t]*\r?\n").match(text, at)
    return found.end() if found else at


def _end_of_block(text: str, value: Any) -> int:
    """Return where a value ends, without the blank lines and comments after it, which the parser counts in."""
    lines = text[value.start_mark.index : value.end_mark.index].splitlines(keepends=True)
    while len(lines) > 1 and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        lines.pop()
    return value.start_mark.index + len("".join(lines).rstrip("\r\n \t"))
