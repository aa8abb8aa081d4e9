"""Four eyes: what is above a limit takes the yes of somebody else than who asked for it.

Threat: one person, or an assistant that drives one person's browser, moves money or writes to thousands. So where it
applies, a plan takes no yes of whoever asked for it, by whatever way; what is not known counts as above the limit.
"""

from dataclasses import dataclass, replace
from typing import Final

from preo_mcp.approval.facts import Facts, Stakes
from preo_mcp.approval.plans import Decider
from preo_mcp.approval.wording import say
from preo_mcp.settings import Settings


@dataclass(frozen=True, slots=True)
class Asker:
    """Who makes a call.

    Attributes:
        name: What nobody else who is signed in goes by; empty for this computer's user.
        may_approve: Whether their yes can be taken by the sign-in that they call with.
    """

    name: str = ""
    may_approve: bool = True


OWN_USER: Final = Asker()


def needs_another(stakes: Stakes, settings: Settings) -> bool:
    """Return whether somebody else has to say yes to what is at stake."""
    amounts, most_people = settings.four_eyes_amount_over, settings.four_eyes_recipients_over
    if amounts is not None and stakes.money and amounts.are_exceeded_by(stakes.amount, stakes.currency):
        return True
    if most_people is None or not (stakes.people or stakes.recipients is not None or stakes.is_unknown):
        return False
    return stakes.recipients is None or stakes.recipients > most_people or stakes.is_unknown


def decider_of(stakes: Stakes, settings: Settings, asker: Asker) -> Decider:
    """Return whose yes is taken to what is at stake."""
    if needs_another(stakes, settings):
        return Decider.ANOTHER
    return Decider.ASKER if asker.may_approve else Decider.ANYBODY


def told(facts: Facts, settings: Settings, asker: Asker) -> Facts:
    """Return facts that say who has to agree, where that is somebody else: so a yes from before the limit is void."""
    if not needs_another(facts.stakes, settings):
        return facts
    who = say("somebody other than {name} has to agree, who may approve (preo.approve)", name=asker.name)
    return replace(facts, deciding=(*facts.deciding, (say("Four eyes"), who)))
