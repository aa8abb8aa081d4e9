"""Checking a condition twice: here, where the engine is installed, and by Preo, which has the last word."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Final

from anyio import to_thread
from pydantic import MISSING

from preo_mcp.api.errors import NetworkError, NotFoundError, PreoError, RateLimitError, ServerError, ValidationError
from preo_mcp.api.models.editions import EditionDetail
from preo_mcp.api.models.segments import CelMistake, CelValidation, ValidateCelRequest
from preo_mcp.api.operations import GET_EDITION, VALIDATE_CEL_EXPRESSION
from preo_mcp.calls.preo import Preo
from preo_mcp.cel.context import KNOWN, Context
from preo_mcp.cel.known_values import KnownValues, Owned, warnings
from preo_mcp.cel.limits import MAX_LENGTH
from preo_mcp.cel.mistakes import Edit, Mistake, edited
from preo_mcp.cel.parser import UnreadableError, parse
from preo_mcp.cel.tokens import offset, tokens
from preo_mcp.replies.privacy.floor import FEWEST
from preo_mcp.tools.segments.context import EVERYWHERE, OF_EDITIONS, asked_context, values_of_organization

HERE: Final = "local"
PREO: Final = "Preo"

SURE_LIKENESS: Final = 0.8
"""How much a word has to be like what Preo suggests instead, for nothing else to be meant."""

NOT_COUNTED: Final = "Preo did not count: recalculate_segment counts for a segment."
OTHERS_UNREAD: Final = (
    "Some ids or values are not known in the {editions} editions looked through; others may have them."
)
NO_EDITIONS: Final = "The organization has no editions that this token sees, so no ids are known."
COUNTED_WIDELY: Final = "Counted in all organizations of the token; with edition_id in its organization alone."
OTHERS_UNKNOWN: Final = "Some ids or values are not this edition's; whether another edition has them could not be read."
NOT_HERE: Final = "Not checked here, by Preo alone: cel-expr-python is not installed, or not to be had for this system."
ODD_CONTEXT: Final = "Checked here without the edition's own fields, which the local check cannot take."
DISAGREE: Final = "{wrong} finds mistakes where {right} finds none; Preo decides what a segment takes."


@dataclass
class Verdict:
    """What is said of a condition by those who checked it: None where one did not."""

    here: tuple[Mistake, ...] | None
    preo: CelValidation | None
    warnings: tuple[Mistake, ...] = ()
    corrected: str | None = None
    notes: list[str] = field(default_factory=list[str])

    @property
    def valid(self) -> bool:
        """Preo's word where it spoke."""
        return self.preo.valid if self.preo is not None else not self.here

    @property
    def checked_by(self) -> str:
        """Who spoke: `local`, `Preo`, or `local, Preo`."""
        return ", ".join(name for name, said in ((HERE, self.here), (PREO, self.preo)) if said is not None)

    def mistakes(self) -> list[tuple[Mistake, str | None]]:
        """Return the mistakes in the order of their places, each with who alone finds it, where the other spoke too."""
        here = self.here or ()
        there = () if self.preo is None else tuple(map(_from_preo, self.preo.errors))
        by = (HERE, PREO) if self.here is not None and self.preo is not None else (None, None)
        ours, theirs = ({(one.line, one.column) for one in side} for side in (here, there))
        found = [(one, None if (one.line, one.column) in theirs else by[0]) for one in here]
        found += [(one, by[1]) for one in there if (one.line, one.column) not in ours]
        return sorted(found, key=lambda told: (told[0].line, told[0].column))


@dataclass
class Checker:
    """Checks conditions of an edition, or of none; with the values of all editions of its organization."""

    preo: Preo
    edition_id: str | None
    organization_id: str | None = None
    context: Context = KNOWN
    values: KnownValues = EVERYWHERE

    async def check(self, expression: str, *, count: bool) -> Verdict:
        """Return what is said of a condition here and by Preo; who agrees on a correction, too.

        Raises:
            PreoError: Preo refuses to answer, or does not answer and nothing can be checked here.
        """
        found = await asked_context(self.preo, self.edition_id)
        self.context, self.values, notes = found.context, found.values, list(found.notes)
        here = await self._here(expression, notes)
        verdict = Verdict(here, None, notes=notes)
        try:
            verdict.preo = await self._preo(expression, count=count)
        except (NetworkError, RateLimitError, ServerError, NotFoundError) as exc:
            if here is None or (isinstance(exc, NotFoundError) and self.edition_id is not None):
                raise
            notes.append(f"Preo did not check it: {exc}")
        verdict.warnings = await self._warned(expression, notes)
        if count and self.edition_id is None and self.organization_id is not None:
            notes.append(COUNTED_WIDELY)
        _note(verdict, count=count, masks=self.preo.settings.masks)
        if not verdict.valid:
            verdict.corrected = await self._corrected(expression, verdict)
        return verdict

    async def _here(self, expression: str, notes: list[str]) -> tuple[Mistake, ...] | None:
        """Return the mistakes found here; None where the engine is not installed."""
        has_edition = self.edition_id is not None
        try:
            await to_thread.run_sync(_load, self.context, has_edition)
        except ImportError:
            notes.append(NOT_HERE)
            return None
        except (RuntimeError, TypeError):  # of the engine, of protobuf: names that they do not take
            self.context = KNOWN
            notes.append(ODD_CONTEXT)
        from preo_mcp.cel.condition import check_condition

        return check_condition(expression, has_edition=has_edition, context=self.context)

    async def _preo(self, expression: str, *, count: bool) -> CelValidation:
        edition = MISSING if self.edition_id is None else self.edition_id
        request = ValidateCelRequest(expression=expression, edition_id=edition, count=True if count else MISSING)
        try:
            return await self.preo.request(VALIDATE_CEL_EXPRESSION, CelValidation, body=request)
        except ValidationError:
            if not count:
                raise
        # That validating counts is inferred; where Preo refuses to be asked that way, it may still check.
        return await self._preo(expression, count=False)

    async def _warned(self, expression: str, notes: list[str]) -> tuple[Mistake, ...]:
        """Return the warnings; what another edition of the organization has is none, what nobody knows is a note."""
        found = self._warnings(expression, self.values)
        sure = self._warnings(expression, _without(self.values, OF_EDITIONS))
        if len(found) == len(sure) and self.organization_id is None:
            return found
        try:
            organization = self.organization_id or await self._organization()
            others = (
                None if organization is None else await values_of_organization(self.preo, organization, self.edition_id)
            )
        except PreoError as exc:
            if self.organization_id is not None:  # it was asked for
                raise
            others = None
            notes.append(str(exc))
        if others is not None and others.editions == 0:
            notes.append(NO_EDITIONS)
        elif others is not None:
            known = self._warnings(expression, self._with(others.values))
            if others.is_whole or len(known) == len(sure):
                return known
            notes.append(OTHERS_UNREAD.format(editions=others.editions))
        else:
            notes.append(OTHERS_UNKNOWN)
        return sure

    async def _organization(self) -> str | None:
        if self.edition_id is None:
            return None
        return (await self.preo.request(GET_EDITION, EditionDetail, id=self.edition_id)).organization_id

    def _with(self, more: KnownValues) -> KnownValues:
        """Return the values with those of other editions; where this edition tells none, nothing is known at all."""
        told = [owned for owned, known in self.values.of.items() if known] if self.edition_id else more.of
        return KnownValues({owned: _own_last(more.of.get(owned, {}), self.values.of.get(owned, {})) for owned in told})

    def _warnings(self, expression: str, values: KnownValues) -> tuple[Mistake, ...]:
        try:
            tree = parse(expression)
        except UnreadableError:
            return ()
        return warnings(expression, tree, self.context, values)

    async def _corrected(self, expression: str, verdict: Verdict) -> str | None:
        """Return the condition put right, where all who checked it find that sound."""
        if verdict.here:
            from preo_mcp.cel.condition import check_condition

            has_edition = self.edition_id is not None

            def check(text: str) -> Sequence[Mistake]:
                return check_condition(text, has_edition=has_edition, context=self.context)

            right = corrected(expression, verdict.here, check)
        else:
            right = _by_words(expression, [one for one, _ in verdict.mistakes()])
        if right is None or verdict.preo is None:
            return right
        try:
            return right if (await self._preo(right, count=False)).valid else None
        except PreoError:
            return None


def _own_last(others: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Return both, so that of two with one name the edition's own is suggested."""
    return {key: name for key, name in others.items() if key not in own} | dict(own)


def _without(values: KnownValues, fields: Sequence[Owned]) -> KnownValues:
    return KnownValues({owned: known for owned, known in values.of.items() if owned not in fields})


def _load(context: Context, has_edition: bool) -> None:  # noqa: FBT001 - for a thread, which takes no names
    """Import the engine and make the environment, outside of the event loop: it takes long the first time."""
    from preo_mcp.cel.environment import environment_of, offered

    environment_of(offered(context, has_edition=has_edition))


def _note(verdict: Verdict, *, count: bool, masks: bool) -> None:
    if verdict.preo is None:
        return
    if verdict.here is not None and verdict.preo.valid == bool(verdict.here):
        wrong, right = ("The local check", "Preo") if verdict.here else ("Preo", "the local check")
        verdict.notes.append(DISAGREE.format(wrong=wrong, right=right))
    if count and verdict.valid and verdict.preo.matching_count is None:
        verdict.notes.append(NOT_COUNTED)
    if verdict.preo.error_count and not (masks and verdict.preo.error_count < FEWEST):
        why = f" ({verdict.preo.first_error})" if verdict.preo.first_error else ""
        verdict.notes.append(f"It fails on {verdict.preo.error_count} customers{why}, who are left out.")


def _from_preo(mistake: CelMistake) -> Mistake:
    return Mistake(mistake.line, mistake.column, mistake.message, mistake.suggestion)


def _by_words(expression: str, mistakes: Sequence[Mistake]) -> str | None:
    """Return a condition with each wrong word replaced by the word that is suggested and much like it."""
    words = {token.start: token for token in tokens(expression) if token.kind == "name"}
    edits: list[Edit] = []
    for mistake in mistakes:
        word = words.get(offset(expression, mistake.line, mistake.column))
        meant = mistake.suggestion or ""
        if word is None or not meant.isidentifier():
            return None
        if SequenceMatcher(None, word.text.casefold(), meant.casefold()).ratio() < SURE_LIKENESS:
            return None
        edits.append(Edit(word.start, word.end, meant))
    return corrected(expression, [Mistake(1, 1, "", edits=tuple(edits))], lambda _: ())


MOST_ROUNDS: Final = 5
"""Mistakes of form hide those of types, so what was put right is checked and put right again."""

MOST_CORRECTED: Final = 20
"""As many mistakes, and a condition is better written anew."""

Check = Callable[[str], Sequence[Mistake]]


def corrected(condition: str, mistakes: Sequence[Mistake], check: Check) -> str | None:
    """Return the condition without its mistakes; None where it has none, or one that cannot be put right for certain.

    Args:
        condition: In CEL.
        mistakes: What `check` found in it.
        check: Returns the mistakes of a condition.
    """
    text = condition
    for _ in range(MOST_ROUNDS):
        if len(mistakes) > MOST_CORRECTED:
            return None
        edits = [edit for mistake in mistakes for edit in mistake.edits]
        changed = edited(text, edits)
        if changed == text or len(changed) > MAX_LENGTH:
            return None
        text = changed
        mistakes = check(text)
        if not mistakes:
            return text
    return None
