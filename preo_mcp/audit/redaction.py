"""What of a call's arguments the audit keeps, said once.

Kept: ids, words of a fixed list (members of an enum), yes and no, moments, and numbers too short to be a phone number.
Anything else is text that may be about a person, so of it a keyed digest and the length are kept: `hmac:3f9a…/12`. The
same text gives the same digest, which without the key cannot be had from a guess. A list of objects that has any such
text in it, such as the rows of orders, is kept as one digest of it all and the number of rows.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Final, cast

from pydantic import MISSING, BaseModel, JsonValue

from preo_mcp.files.keys import Keys

PURPOSE: Final = "audit"
MARK: Final = "hmac:"
LONGEST: Final = 4_000
"""Characters that the arguments take in a line at most."""

ID_NAME: Final = re.compile(r"(?:[a-z]+_)*ids?")
ID: Final = re.compile(
    r"[a-z]{2,5}_[A-Za-z0-9_-]{1,64}"  # edt_nordlys27
    r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"  # a UUID
    r"|(?=[A-Za-z0-9]*[0-9])(?=[A-Za-z0-9]*[A-Za-z])[A-Za-z0-9]{12,64}"  # letters and digits, too long for a name
)
NAME: Final = re.compile(r"[a-z][a-z_]{0,39}")
"""Names of arguments are ours; a name that a model made up can be anything."""
SHORTEST_PHONE: Final = 8
"""Digits; a number with as many may be one."""


def redacted(arguments: Mapping[str, object], keys: Keys) -> dict[str, JsonValue]:
    """Return the arguments as the audit keeps them; those that were not given are left out."""
    kept = _Redaction(keys).fields(arguments)
    if len(json.dumps(kept, ensure_ascii=False)) <= LONGEST:
        return kept
    return {"all": _Redaction(keys).digest(json.dumps(kept, sort_keys=True))}


class _Redaction:
    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self.digests = 0

    def fields(self, arguments: Mapping[str, object]) -> dict[str, JsonValue]:
        return {
            name if NAME.fullmatch(name) else self.digest(name): self._value(name, value)
            for name, value in arguments.items()
            if value is not MISSING
        }

    def digest(self, text: str) -> str:
        self.digests += 1
        # The same address or name however it was typed.
        return f"{MARK}{self._keys.digest(PURPOSE, ' '.join(text.casefold().split()))}/{len(text)}"

    def _value(self, name: str, value: object) -> JsonValue:
        match value:
            case BaseModel():
                return self.fields({field: getattr(value, field) for field in type(value).model_fields})
            case Mapping():
                return self.fields({str(key): item for key, item in cast("Mapping[object, object]", value).items()})
            case str() if not isinstance(value, Enum):
                return value if ID_NAME.fullmatch(name) and ID.fullmatch(value) else self.digest(value)
            case list() | tuple():
                return self._items(name, list(cast("Sequence[object]", value)))
            case _:
                return self._word(value)

    def _word(self, value: object) -> JsonValue:
        match value:
            case None | bool():
                return value
            case Enum():
                return cast("JsonValue", value.value)
            case date():
                return value.isoformat()
            case int() | float() | Decimal():
                return self._number(value)
            case _:
                return self.digest(repr(value))

    def _number(self, value: float | Decimal) -> JsonValue:
        plain = str(value) if isinstance(value, Decimal) else value
        return plain if abs(value) < 10 ** (SHORTEST_PHONE - 1) else self.digest(str(value))

    def _items(self, name: str, items: list[object]) -> JsonValue:
        before = self.digests
        kept = [self._value(name, item) for item in items]
        has_objects = any(isinstance(item, dict) for item in kept)
        if not (has_objects and self.digests > before):
            return kept
        return {"rows": len(items), "digest": self.digest(json.dumps(kept, sort_keys=True))}
