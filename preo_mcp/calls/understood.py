"""The step that understands: what clients and models usually get wrong becomes the call that they mean.

null is absent, and so is an empty text, because a strict client has to fill in every argument; a name or value that can
mean one thing only means that; `clear` empties fields. From here on a call has one form, so that plans, audit and
questions do not depend on how it was typed. What is ambiguous is refused.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast, get_args, get_origin

from pydantic import BaseModel

from preo_mcp.api.errors import ValidationError
from preo_mcp.api.schema import CLEAR, clearable
from preo_mcp.approval.ended import Ended, Ran
from preo_mcp.calls.argument_names import candidates
from preo_mcp.calls.argument_values import Kind, kinds_of, meant
from preo_mcp.calls.call import Call, Step
from preo_mcp.replies.reply import refusal

CLEARED: Final = Kind(list[str], is_required=False)


class Understood:
    """Gives a call's arguments the one form that the steps after it know."""

    def __init__(self, following: Step) -> None:
        self._next = following

    async def run(self, call: Call) -> Ran:
        """Return what came of the call."""
        try:
            call.sent = understood(call.name, call.tool.arguments, call.sent)
        except ValidationError as exc:
            return Ran(refusal(str(exc)), Ended.REFUSED, failure=type(exc))
        return await self._next.run(call)


def understood(tool: str, model: type[BaseModel], sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that `sent` means: absent where it is null or empty, null where it is cleared.

    Args:
        tool: The tool's name.
        model: Of its arguments.
        sent: The arguments as the host sent them.

    Raises:
        ValidationError: a name may mean several arguments, two names say different things of one, or a field is both
            set and cleared.
    """
    return _Reading(tool).of(model, sent, "")


class _Reading:
    def __init__(self, tool: str) -> None:
        self._tool = tool

    def of(self, model: type[BaseModel], sent: Mapping[str, Any], where: str) -> dict[str, Any]:
        fields, can_be_empty = kinds_of(model), clearable(model)
        known = {**fields, CLEAR: CLEARED} if can_be_empty else fields
        given: dict[str, Any] = {}
        left_out: list[str] = []
        for name, value in self._named(sent, known, where):
            kind = known.get(name)
            if value in (None, "") and kind is not None and not kind.is_required:
                left_out.append(name)
            else:
                given[name] = value if kind is None else self._value(value, kind.type, f"{where}{name}.")
        cleared = self._cleared(given, can_be_empty, where)
        emptied = [name for name in left_out if name in can_be_empty]
        if emptied and all(name in fields and fields[name].is_required for name in given):
            why = f"{where}{emptied[0]} is null or empty, which leaves it as it is, and nothing else would change"
            raise self._refused(why, f'To empty it, give {where}{CLEAR}: ["{emptied[0]}"].')
        return given | dict.fromkeys(cleared)

    def _named(self, sent: Mapping[str, Any], known: Mapping[str, Kind], where: str) -> Iterator[tuple[str, Any]]:
        """Yield what was sent under the names of the arguments; names that mean none as they are."""
        under = {name: name for name in sent if name in known}
        own = [name for name in under if sent[name] is not None]
        for name, value in sent.items():
            tool = "" if where else self._tool
            found = [name] if name in known else candidates(name, tool, known, own)
            if len(found) > 1 and value is not None:
                raise self._refused(f"{where}{name[:60]} may mean {' or '.join(found)}", "Call it with one of these.")
            argument = found[0] if len(found) == 1 else name
            first = under.setdefault(argument, name)
            if first == name or sent[first] is None:
                under[argument] = name
                yield argument, value
            elif value not in (None, sent[first]):
                why = f"{where}{first[:60]} and {name[:60]} both mean {argument}, and differ"
                raise self._refused(why, f"Give {argument} once.")

    def _value(self, value: Any, kind: Any, where: str) -> Any:
        """Return the value that is meant, with the objects in it."""
        found = meant(value, kind)
        if isinstance(found, list) and get_origin(kind) is list:
            (of,) = get_args(kind)
            items = cast("list[Any]", found)
            return [self._object(item, of, f"{where}{place}.") for place, item in enumerate(items)]
        return self._object(found, kind, where)

    def _object(self, value: Any, kind: Any, where: str) -> Any:
        if isinstance(value, dict) and isinstance(kind, type) and issubclass(kind, BaseModel):
            return self.of(kind, cast("dict[str, Any]", value), where)
        return cast("Any", value)

    def _cleared(self, given: dict[str, Any], can_be_empty: tuple[str, ...], where: str) -> list[str]:
        """Take `clear` out of what was given, and return the fields that it names."""
        if not can_be_empty:
            return []
        names = [self._field(name, can_be_empty, where) for name in given.pop(CLEAR, [])]
        if both := [name for name in names if name in given]:
            raise self._refused(f"{where}{both[0]} is both set and cleared", "Do one of the two.")
        return [name for name in can_be_empty if name in names]

    def _field(self, name: Any, can_be_empty: tuple[str, ...], where: str) -> str:
        known = {field: Kind(str, is_required=False) for field in can_be_empty}
        found = [name] if name in known else candidates(name, "", known, ()) if isinstance(name, str) else []
        if len(found) != 1:
            why = f"{where}{CLEAR} takes only {', '.join(can_be_empty)}"
            raise self._refused(why, "Leave the others out of it.")
        return found[0]

    def _refused(self, why: str, next_step: str) -> ValidationError:
        return ValidationError(f"{self._tool} was not run", why, next_step)
