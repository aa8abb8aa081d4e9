"""The entry in a file of JSON, with comments or without: put, brought up to date, taken out, all else kept.

An entry goes to the end of its object, in the layout of what stands there: line ends, indentation, everything in one
line, trailing commas. A comment behind the member before it stays behind that member.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from preo_mcp.commands.hosts.jsonc import BYTE_ORDER_MARK, Broken, Member, Value, data_of, line_of, scan
from preo_mcp.commands.hosts.splices import Splice, end_of_line

UNIT: Final = "  "
_LEAD: Final = re.compile(r"(?:\r\n|\n|\r)?[ \t]*\Z")
_REST_OF_LINE: Final = re.compile(r"[ \t]*(?:/\*(?:[^*\r\n]|\*(?!/))*\*/[ \t]*)*(?://[^\r\n]*)?(?=[\r\n])")
_LINE_ENDS: Final = re.compile(r"[ \t]*(?=[\r\n]|\Z)")


@dataclass(frozen=True, slots=True)
class JsonFile:
    """Edits `name` in the object `container` of a document."""

    container: str
    name: str

    def entry(self, text: str) -> Any | None:
        """Return what the entry says, or None where there is none."""
        _, _, ours = self._found(text)
        return None if ours is None else data_of(text[ours.value.start : ours.value.end])

    def put(self, text: str, data: dict[str, Any]) -> Splice | None:
        """Return the change that brings the entry, or brings it up to date; None where it says that already."""
        root, box, ours = self._found(text)
        if ours is not None:
            if data_of(text[ours.value.start : ours.value.end]) == data:
                return None
            return self._checked(text, _replaced(text, ours, data))
        if root is None:
            return self._checked(text, self._begun(text, data))
        if box is None:
            return self._checked(text, _added(text, root, self.container, {self.name: data}))
        if box.value.members is None:  # null, which stands for nothing
            return self._checked(text, _replaced(text, box, {self.name: data}))
        return self._checked(text, _added(text, box.value, self.name, data))

    def take_out(self, text: str) -> Splice | None:
        """Return the change that removes the entry with its comma and its line; None where there is none."""
        _, box, ours = self._found(text)
        if box is None or ours is None or box.value.members is None:
            return None
        return self._checked(text, _removed(text, box.value.members, ours))

    def others(self, text: str) -> Any:
        """Return the texts of all members beside the entry; an object without members is as good as none."""
        root, box, ours = self._found(text)
        around = (root.members or []) if root is not None else []
        beside = (box.value.members or []) if box is not None else []
        return (
            [(one.key, text[one.value.start : one.value.end]) for one in around if one is not box],
            [(one.key, text[one.value.start : one.value.end]) for one in beside if one is not ours],
        )

    def _found(self, text: str) -> tuple[Value | None, Member | None, Member | None]:
        """Return the document, the member that holds all servers, and ours; what is there twice is refused."""
        root = scan(text)
        if root is None:
            return None, None, None
        if root.members is None:
            raise Broken(text, root.start, "the document should be an object, {…}")
        box = _only(text, root.members, self.container)
        if box is None:
            return root, None, None
        if box.value.members is None:
            if text[box.value.start : box.value.end] != "null":
                raise Broken(text, box.value.start, f"{self.container} should be an object, {{…}}")
            return root, box, None
        return root, box, _only(text, box.value.members, self.name)

    def _begun(self, text: str, data: dict[str, Any]) -> Splice:
        end = end_of_line(text)
        is_begun = bool(text.removeprefix(BYTE_ORDER_MARK)) and not text.endswith(("\n", "\r"))
        whole = json.dumps({self.container: {self.name: data}}, indent=UNIT, ensure_ascii=False)
        return Splice(len(text), "", (end if is_begun else "") + whole.replace("\n", end) + end)

    def _checked(self, text: str, splice: Splice) -> Splice:
        """Make sure that a change is sound, and that nothing but the entry is another."""
        after = splice.applied(text)
        if self.others(after) != self.others(text):
            raise Broken(text, splice.start, "the entry cannot be edited here without changing what stands beside it")
        return splice


def _only(text: str, members: list[Member], key: str) -> Member | None:
    found = [one for one in members if one.key == key]
    if len(found) > 1:
        first = line_of(text, found[0].start)
        raise Broken(text, found[1].start, f"{key} stands here for a second time (first in line {first}); keep one")
    return found[0] if found else None


def _written(value: Any, unit: str, indent: str, end: str) -> str:
    return json.dumps(value, indent=unit, ensure_ascii=False).replace("\n", end + indent)


def _in_one_line(text: str, member: Member) -> tuple[str, str]:
    """Return what stands between members and after keys where all is in one line."""
    colon = text.rfind(":", member.start, member.value.start)
    return (", ", ": ") if text[colon + 1 : colon + 2] == " " else (",", ":")


def _line_indent(text: str, at: int) -> str:
    start = max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1
    line = text[start:at]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _replaced(text: str, member: Member, value: Any) -> Splice:
    old = text[member.value.start : member.value.end]
    before = text[: member.start].removeprefix(BYTE_ORDER_MARK)
    if not any(sign in before for sign in "\r\n"):
        comma, colon = _in_one_line(text, member)
        return Splice(member.value.start, old, json.dumps(value, separators=(comma, colon), ensure_ascii=False))
    indent = _line_indent(text, member.start)
    return Splice(member.value.start, old, _written(value, _unit(text), indent, end_of_line(text)))


def _unit(text: str) -> str:
    """Return the indentation of one level: that of the document's first member."""
    root = scan(text)
    first = root.members[0].start if root is not None and root.members else 0
    lead = _LEAD.search(text, 0, first)
    found = lead[0].lstrip("\r\n") if lead is not None and lead[0][:1] in ("\r", "\n") else ""
    return found or UNIT


def _added(text: str, inside: Value, key: str, value: Any) -> Splice:
    members = inside.members or []
    if not members:
        return _first(text, inside, key, value)
    last, lead = members[-1], _lead(text, inside.start + 1, members[0].start)
    at = last.value.end if last.comma is None else last.comma + 1
    comma, after = ("," if last.comma is None else ""), ("" if last.comma is None else ",")
    if lead[:1] not in ("\r", "\n"):
        between, colon = _in_one_line(text, members[0])
        member = json.dumps({key: value}, separators=(between, colon), ensure_ascii=False)[1:-1]
        return Splice(at, "", (comma and between) + (" " if not comma and between != "," else "") + member + after)
    stays = rest[0] if (rest := _REST_OF_LINE.match(text, at)) else ""
    end, indent = end_of_line(text), lead.lstrip("\r\n")
    new = f"{json.dumps(key)}: {_written(value, _unit(text), indent, end)}"
    return Splice(at, stays, f"{comma}{stays}{end}{indent}{new}{after}")


def _first(text: str, inside: Value, key: str, value: Any) -> Splice:
    inner = text[inside.start + 1 : inside.end - 1]
    kept = inner.rstrip(" \t\r\n")
    start, old = inside.start + 1 + len(kept), inner[len(kept) :]
    has_lines = any(sign in text for sign in "\r\n")
    base = _line_indent(text, inside.start)
    end, unit = end_of_line(text), _unit(text)
    is_small = not has_lines and text.strip(f" \t{BYTE_ORDER_MARK}") != "{}" and not kept
    if is_small:
        member = json.dumps({key: value}, separators=(",", ":") if ": " not in text else None, ensure_ascii=False)
        return Splice(start, old, member[1:-1])
    member = f"{json.dumps(key)}: {_written(value, unit, base + unit, end)}"
    return Splice(start, old, f"{end}{base}{unit}{member}{end}{base}")


def _lead(text: str, start: int, at: int) -> str:
    """Return the white space before a place, with one line end at most; no further back than `start`."""
    found = _LEAD.search(text, start, at)
    return found[0] if found is not None else ""


def _removed(text: str, members: list[Member], ours: Member) -> Splice:
    at = members.index(ours)
    before = members[at - 1] if at else None
    floor = before.value.end if before else 0
    start = ours.start - len(_lead(text, floor, ours.start))
    end, kept = ours.value.end, ""
    if ours.comma is not None:  # what stands between our value and its comma is somebody's comment
        kept = text[ours.value.end : ours.comma].strip(" \t\r\n")
        kept += end_of_line(text) if "//" in kept else ""
        end = ours.comma + 1
    lead = text[start : ours.start]
    goes_on = bool(kept) or _LINE_ENDS.match(text, end) is None
    if goes_on and lead[:1] in ("\r", "\n"):  # or what follows could end up in a comment of the line before
        start = ours.start
    if goes_on and not kept and lead[:1] != " ":
        end += len(text[end:]) - len(text[end:].lstrip(" \t"))
    if ours.comma is None and before is not None and before.comma is not None:
        between = text[before.comma + 1 : start]
        return Splice(before.comma, text[before.comma : end], between + kept)
    return Splice(start, text[start:end], kept)
