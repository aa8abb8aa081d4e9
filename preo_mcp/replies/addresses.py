"""The addresses of what can be read; a part in braces is an id."""

import re
from functools import cache
from typing import Final

EDITIONS: Final = "preo://editions"
EDITION: Final = "preo://editions/{edition_id}"
CEL_CONTEXT: Final = "preo://editions/{edition_id}/cel-context"
FIELD_CHOICES: Final = "preo://editions/{edition_id}/field-choices"
HEALTHCHECK: Final = "preo://editions/{edition_id}/healthcheck"
CEL_REFERENCE: Final = "preo://cel/reference"
DATA_IMPORT: Final = "preo://data-imports/{import_id}"
CAMPAIGN: Final = "preo://campaigns/{campaign_id}"
SEGMENT_USERS: Final = "preo://segments/{segment_id}/users.csv"

PARAMETER: Final = re.compile(r"\{(\w+)\}")
ID: Final = r"([A-Za-z0-9][A-Za-z0-9_.~-]{0,199})"
"""What can be an id: the characters that need no escape, so that one id has one address only."""


@cache
def _pattern(template: str) -> re.Pattern[str]:
    fixed = PARAMETER.split(template)[::2]
    return re.compile(ID.join(map(re.escape, fixed)))


def ids_in(template: str, address: str) -> list[str] | None:
    """Return the ids of an `address` that follows `template`; None where it does not."""
    found = _pattern(template).fullmatch(address)
    return None if found is None else list(found.groups())
