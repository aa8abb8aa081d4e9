"""The facts that a person is shown before they say yes: fetched by the server, never the model's words."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain
from typing import Final

from pydantic import JsonValue

from preo_mcp.api.errors import PermissionDeniedError
from preo_mcp.approval.languages import SHOWN_LENGTH, counted, in_language
from preo_mcp.approval.phrases import ACCOUNT, APPROVE, CHANGE, DELETE, type_to_confirm
from preo_mcp.approval.plans import Deed
from preo_mcp.approval.sheet import Kind
from preo_mcp.approval.wording import Amount, Message, Passage, Personal, Words, parts_of, say
from preo_mcp.settings import Language, Settings
from preo_mcp.text.amounts import LEAST_DECIMALS, AmountLimits, spelled

NAMELESS: Final = "unknown"
"""What is typed where nothing has a name."""
TOLERATED_PERCENT = 2
"""By how much a count may have grown since a person saw it; one that is smaller by then needs no new yes."""

Line = tuple[Message, Words]
"""What is told, and what it is."""


@dataclass(frozen=True, slots=True)
class Stakes:
    """What the limits are checked against. What is at stake and not known is beyond every limit, and is typed.

    Attributes:
        money: Whether money is given back: then an `amount` of None means that nobody knows how much.
        amount: In units of `currency`, such as 795.00.
        currency: Of the amount.
        people: Whether people are reached: then `recipients` of None means that nobody knows how many.
        recipients: How many people a campaign reaches, at the most.
        is_unknown: Whether something else that matters is not known, such as how many orders are written: it is typed.
        name: What a person types to confirm where there is no figure: the campaign's name, the order's number.
        organization_id: Where it takes effect.
        edition_id: Likewise.
    """

    money: bool = False
    amount: Decimal | None = None
    currency: str | None = None
    people: bool = False
    recipients: int | None = None
    is_unknown: bool = False
    name: str = ""
    organization_id: str | None = None
    edition_id: str | None = None


@dataclass(frozen=True, slots=True)
class Yes:
    """What a yes means at a glance: the verb on its button, with the deed's figure, and the kind of deed."""

    verb: Message = APPROVE
    kind: Kind = Kind.CHANGE


DELETES: Final = Yes(DELETE, Kind.REMOVAL)
CHANGES: Final = Yes(CHANGE)


@dataclass(frozen=True, slots=True)
class Facts:
    """A question and what it rests on.

    An answer holds for exactly the question, the lines and the content. Counts drift: people buy and sign up while
    somebody reads, and an answer still holds where no count has grown by more than `TOLERATED_PERCENT`.

    Attributes:
        question: The headline: the deed with its figure and its name, such as "Pay back 150.00 DKK to “Ida”?".
        lines: The rest of what is shown, after what decides.
        counts: What drifts; all but the first ones are shown last.
        stakes: What the limits are checked against, and what is typed.
        deciding: The two or three lines that a person decides by, shown first.
        content: What the call uses, as JSON: what may have to be compared again after the effect, and is too long or
            too technical to be shown. It binds like the lines.
        account: Whose account it is, and whether a real one: the first thing shown below the headline.
        first_counts: How many of the counts, the first ones, a person decides by: they are shown before `deciding`.
        yes: What the button says, and what kind of deed it is where the stakes do not tell.
        deeds: What a yes is for one by one, where that is several things.
        left_out: What was asked for too and is not among the deeds, and why: the result tells it.
        mail: How the e-mail looks that people get, as HTML; shown where there is room, and bound by `content` alone.
    """

    question: Message
    lines: tuple[Line, ...]
    counts: tuple[tuple[Message, int], ...] = ()
    stakes: Stakes = field(default_factory=Stakes)
    deciding: tuple[Line, ...] = ()
    content: JsonValue = None
    account: Words | None = None
    first_counts: int = 0
    yes: Yes = Yes()
    mail: str = ""
    deeds: tuple[Deed, ...] = ()
    left_out: str = ""

    @property
    def kind(self) -> Kind:
        """What kind of deed a yes does."""
        if self.yes.kind is not Kind.CHANGE:
            return self.yes.kind
        return Kind.MONEY if self.stakes.money else Kind.PEOPLE if self.stakes.people else Kind.CHANGE

    @property
    def decisive(self) -> int:
        """How many of what is told, from the beginning, a person decides by."""
        return len(self.first_lines) + self.first_counts

    @property
    def first_lines(self) -> tuple[Line, ...]:
        """The lines that a person decides by, the account among them."""
        return (*(() if self.account is None else ((ACCOUNT, self.account),)), *self.deciding)

    @property
    def all_lines(self) -> tuple[Line, ...]:
        """All lines that bind, in the order in which they are shown."""
        return (*self.first_lines, *self.lines)

    def digest(self) -> str:
        """Return what binds an answer to exactly these facts, in full length; of the counts only what they count."""
        bound = (
            self.question,
            *chain.from_iterable(self.all_lines),
            str(len(self.all_lines)),
            *(one for one, _ in self.counts),
            *([] if self.content is None else [json.dumps(self.content, sort_keys=True)]),
            *(deed.model_dump_json() for deed in self.deeds),
        )
        text = "".join(f"{len(part)}:{part}" for words in bound for part in parts_of(words))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def figures(self) -> list[int]:
        """The values of the counts, to be remembered along with the digest."""
        return [count for _, count in self.counts]

    def holds_for(self, digest: str, figures: Sequence[int]) -> bool:
        """Return whether a yes to the facts of that digest and those figures is a yes to these."""
        if self.digest() != digest or len(figures) != len(self.counts):
            return False
        return all(
            100 * now <= (100 + TOLERATED_PERCENT) * seen for now, seen in zip(self.figures, figures, strict=True)
        )

    def told(self, language: Language = Language.ENGLISH, *, masked: bool = False) -> Iterator[tuple[str, str]]:
        """Yield each fact as label and value in `language`, each on one line; foreign text is quoted and cut.

        `masked` puts dots in place of personal data, for a text that a model reads.
        """
        has_account = self.account is not None
        account, others = self.all_lines[:has_account], self.all_lines[has_account:]
        counts = [
            (in_language(label, language, masked=masked), counted(count, language)) for label, count in self.counts
        ]
        yield from self._told(account, language, masked=masked)
        yield from counts[: self.first_counts]
        yield from self._told(others, language, masked=masked)
        yield from counts[self.first_counts :]

    def _told(self, lines: Sequence[Line], language: Language, *, masked: bool) -> Iterator[tuple[str, str]]:
        for label, value in lines:
            yield in_language(label, language, masked=masked), in_language(value, language, masked=masked)

    def asked(self, language: Language = Language.ENGLISH) -> str:
        """Return the question alone."""
        return in_language(self.question, language)

    def shown(self, language: Language = Language.ENGLISH, *, masked: bool = False) -> str:
        """Return the text that a person reads; every fact stays on its own line."""
        question = in_language(self.question, language, masked=masked)
        return shown(question, [*self.told(language, masked=masked)], self.decisive)


def shown(question: str, told: Sequence[tuple[str, str]], deciding: int) -> str:
    """Return a question and its facts as a text of lines; the first `deciding` ones stand apart from the rest."""
    lines = [f"{label}: {value}" for label, value in told]
    first, rest = lines[:deciding], lines[deciding:]
    return "\n".join([question, "", *first, *([""] if first and rest else []), *rest])


def facts_of_any(title: str, arguments: Mapping[str, JsonValue]) -> Facts:
    """Return the step and its arguments: the model's words, and the question says so."""
    given = [(say("{name}", name=name), _argument(value)) for name, value in arguments.items()]
    return Facts(
        say("Run this step with what the assistant gives?"), ((say("Step"), title), *given), yes=Yes(say("Run it"))
    )


def _argument(value: JsonValue) -> Words:
    """Return what a model gives: as a passage where it is long, for its end is where something could hide."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return Passage(text) if len(text) > SHOWN_LENGTH else Personal(text)


def must_be_within_limits(title: str, stakes: Stakes, settings: Settings) -> None:
    """Refuse what goes beyond a limit, or might: what the facts do not tell is beyond.

    Raises:
        PermissionDeniedError: a limit of the settings forbids it.
    """
    if stakes.money:
        _must_be_payable(title, stakes, settings.max_refund_amount)
    people, most_people = stakes.recipients, settings.max_recipients
    if most_people is not None and (stakes.people or people is not None) and (people is None or people > most_people):
        reached = "nobody knows how many people it reaches" if people is None else f"it reaches {people:,} people"
        raise _beyond(title, reached, "PREO_MAX_RECIPIENTS", f"{most_people:,}")


def what_to_type(facts: Facts, settings: Settings) -> tuple[str | Amount, Message] | None:
    """Return what a person has to type besides their yes, and the sentence that asks for it; None where yes will do."""
    stakes = facts.stakes
    if stakes.money and settings.confirm_amount_over.are_exceeded_by(stakes.amount, stakes.currency):
        expected = _amount_to_type(stakes) or stakes.name
    elif _matters_more_than_a_yes(stakes, settings.confirm_recipients_over):
        expected = stakes.name
    else:
        return None
    expected = expected or NAMELESS
    return (expected, type_to_confirm(expected))


def _amount_to_type(stakes: Stakes) -> Amount | None:
    """Return the amount, unless it is unknown or has so many decimals that they could be read as thousands."""
    amount = None if stakes.amount is None else Amount(stakes.amount, stakes.currency)
    return None if amount is None or amount.decimals > LEAST_DECIMALS else amount


def _matters_more_than_a_yes(stakes: Stakes, most_people: int) -> bool:
    nobody_counted = stakes.people and stakes.recipients is None
    return stakes.is_unknown or nobody_counted or (stakes.recipients or 0) > most_people


def _must_be_payable(title: str, stakes: Stakes, limits: AmountLimits | None) -> None:
    if limits is None or not limits.are_exceeded_by(stakes.amount, stakes.currency):
        return
    most = limits.within(stakes.currency)
    figure = "unknown" if stakes.amount is None else spelled(stakes.amount, stakes.currency or "of an unknown currency")
    allowed = str(limits) if most is None else spelled(most, stakes.currency)
    raise _beyond(title, f"the amount is {figure}", "PREO_MAX_REFUND_AMOUNT", allowed)


def _beyond(title: str, figure: str, setting: str, most: str) -> PermissionDeniedError:
    why = f"{figure}, and {setting} allows {most} at most, even with a yes"
    return PermissionDeniedError(f"{title} was not run", why, "Tell the user; only they can change this setting.")
