"""Counting several conditions in one call, and whom of each could be written to, without making a segment.

Preo counts who meets a condition, and no more. So reach is counted by a narrower condition: with an address that
messages can go to, and the consent granted, where conditions of the edition can name these.
"""

import json
from typing import Annotated, Final

from pydantic import MISSING, BaseModel, Field, WithJsonSchema

from preo_mcp.api.models.base import Embedded
from preo_mcp.api.operations import Risk
from preo_mcp.calls.preo import Preo, together
from preo_mcp.calls.tool import Workflow, tool
from preo_mcp.cel.context import Context
from preo_mcp.tools.segments.checking import Checker, Verdict
from preo_mcp.tools.segments.context import asked_context
from preo_mcp.tools.segments.telling import counted

MOST: Final = 20
"""Conditions in one call; each is up to three counts."""
ADDRESSES: Final = {"reachable_email": "has_valid_email", "reachable_sms": "has_valid_phone"}
"""Fields of a customer that say whether messages can go to them."""
UNKNOWN: Final = "Reach is not known: conditions here cannot name {names}."
TEXTS: Final = {"type": "array", "items": {"type": "string"}}


class CountedCondition(Embedded):
    """How many meet a condition, and how many of them could be written to; what is absent is not known."""

    matching: int | None = None
    reachable_email: int | None = None
    reachable_sms: int | None = None
    mistakes: list[str] | None = None


class CountedConditions(BaseModel):
    """The figures of each condition, in the order given."""

    results: list[CountedCondition]
    notes: list[str]


@tool(Workflow("Count conditions", Risk.READ))
async def count_conditions(
    preo: Preo,
    conditions: Annotated[list[str], Field(min_length=1, max_length=MOST), WithJsonSchema(TEXTS)],
    edition_id: str | MISSING = MISSING,
    consent_id: Annotated[str, Field(description="Reached are who granted it.")] | MISSING = MISSING,
) -> CountedConditions:
    """Count who meets each of several CEL conditions, and how many of them can be reached, without any segment."""
    edition, consent = (None if one is MISSING else one for one in (edition_id, consent_id))
    context = (await asked_context(preo, edition)).context
    missing = _not_named(context, consent)
    checked = await together(*(Checker(preo, edition).check(one, count=True) for one in conditions))
    pairs = zip(conditions, checked, strict=True)
    sound = list(dict.fromkeys(one for one, verdict in pairs if verdict.valid and not missing))
    reached = await together(*(_reach(preo, one, edition, consent) for one in sound))
    reach = dict(zip(sound, reached, strict=True))
    results = [_row(verdict, reach.get(one, {})) for one, verdict in zip(conditions, checked, strict=True)]
    said = [note for verdict in checked for note in verdict.notes]
    notes = [*said, *([UNKNOWN.format(names=", ".join(missing))] if missing else [])]
    return CountedConditions(results=results, notes=list(dict.fromkeys(notes)))


def _not_named(context: Context, consent: str | None) -> list[str]:
    """Return what reach is told by and conditions of the edition cannot name."""
    user = context.variable("user")
    owner = user.type if user else ""
    wanted = [(owner, name) for name in ADDRESSES.values()]
    if consent is not None:
        consents = context.field(owner, "consents")
        wanted += [(consents.type if consents else "", name) for name in ("consent_id", "granted")]
    return [name for of, name in wanted if context.field(of, name) is None]


def _row(verdict: Verdict, reach: dict[str, int | None]) -> CountedCondition:
    if not verdict.valid:
        wrong = [f"line {one.line}, column {one.column}: {one.message}" for one, _ in verdict.mistakes()]
        return CountedCondition(mistakes=[*wrong, *([f"Corrected: {verdict.corrected}"] if verdict.corrected else [])])
    return CountedCondition.model_validate({"matching": verdict.preo and verdict.preo.matching_count, **reach})


async def _reach(preo: Preo, condition: str, edition: str | None, consent: str | None) -> dict[str, int | None]:
    """Return how many of those who meet a condition can be written to, by how."""
    agreed = (
        "" if consent is None else f" && user.consents.exists(c, c.consent_id == {json.dumps(consent)} && c.granted)"
    )
    # A comment in the condition ends with its line.
    narrower = [f"({condition}\n) && user.{field}{agreed}" for field in ADDRESSES.values()]
    counts = await together(*(counted(preo, one, edition) for one in narrower))
    return dict(zip(ADDRESSES, counts, strict=True))
