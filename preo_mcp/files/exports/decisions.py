"""What has to be settled about a file before it is imported, and what was certain enough only to be told."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from preo_mcp.files.exports.account import Figures, Rules
from preo_mcp.files.exports.settling import Wishes, refuse_option
from preo_mcp.files.exports.study import Study


@dataclass(frozen=True, slots=True)
class Ground:
    """What a decision is found on: the file, the options that hold so far, and what the caller settles."""

    study: Study
    chosen: dict[str, str]
    wishes: Wishes

    def rules(self) -> Rules:
        """Return what the options that hold so far do with rows."""
        study = self.study
        return Rules(self.chosen, study.edition.currency, study.readings, study.proof.place)


class Status(StrEnum):
    """Where a decision stands."""

    OPEN = "open"
    """Nothing is imported before somebody settles it."""
    SETTLED = "settled"
    """The caller did."""
    TOLD = "told"
    """The file itself leaves no doubt, or there is only one way."""


@dataclass(frozen=True, slots=True)
class Option:
    """A way to settle a decision.

    Attributes:
        name: What is written after the key.
        meaning: What it does, in words.
        writes: What would be written with it, all other decisions being as they are; None where that is known only
            once the file is understood that way.
        change: How that differs from taking the file's rows as they stand.
    """

    name: str
    meaning: str
    writes: Figures | None = None
    change: Figures | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing to settle.

    Attributes:
        key: What is written before the colon.
        about: One sentence, with counts and sums.
        options: The recommended first; none where only what `argument` says helps.
        recommended: The name of an option; None where nothing speaks for one.
        status: Where it stands.
        chosen: The option that holds; of an open decision what is recommended, for the figures shown, else nothing.
        argument: What may be written instead of an option's name; None where only the names count.
    """

    key: str
    about: str
    options: tuple[Option, ...]
    recommended: str | None
    status: Status = Status.OPEN
    chosen: str = ""
    argument: str | None = None

    def settled_by(self, wishes: Wishes, *, certain: bool = False) -> "Decision":
        """Return it as the caller settled it, else as the file does.

        Raises:
            ValidationError: The caller's option does not exist.
        """
        said = wishes.get(self.key)
        names = [option.name for option in self.options]
        if said is None:
            status = Status.TOLD if certain else Status.OPEN
            return replace(self, status=status, chosen=self.recommended or "")
        if said not in names and self.argument is None:
            raise refuse_option(self.key, said, names)
        return replace(self, status=Status.SETTLED, chosen=said)

    def with_effects(self, effects: Mapping[str, Figures], neutral: str | None) -> "Decision":
        """Return it with what each option writes; without, where they all write the same."""
        if len({str(figures) for figures in effects.values()}) < 2:
            return self
        base = effects.get(neutral or "")
        options = tuple(
            replace(one, writes=writes, change=writes.less(base) if base is not None else None)
            if (writes := effects.get(one.name)) is not None
            else one
            for one in self.options
        )
        return replace(self, options=options)
