"""Whether an edition was changed after all: its dates are compared in the edition's time."""

from typing import Any

from preo_mcp.models.editions import EditionDetail
from preo_mcp.operations import GET_EDITION
from preo_mcp.tools.edition_facts import DATES
from preo_mcp.tools.edition_time import in_edition_time
from preo_mcp.tools.field_read_back import field_read_back


def _in_its_time(edition: EditionDetail, given: dict[str, Any]) -> dict[str, Any]:
    place = given.get("timezone") or edition.timezone
    return given | {name: in_edition_time(name, given[name], place) for name in DATES if name in given}


UPDATE_READ_BACK = field_read_back(GET_EDITION, EditionDetail, "edition_id", wished=_in_its_time)
