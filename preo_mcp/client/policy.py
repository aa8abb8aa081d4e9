"""What the settings say of single operations, held where a request leaves: denied, asked about, reading only.

A tool that is not offered is one way to an operation; a workflow, a resource and a completion are others. So what the
user denies is denied to all of them.
"""

from dataclasses import dataclass
from typing import Self

from preo_mcp.api.errors import PermissionDeniedError
from preo_mcp.api.operations import OPERATIONS, Operation, Risk
from preo_mcp.settings import Settings

ASK_THE_USER = "Tell the user; only they can change this setting."


@dataclass(frozen=True, slots=True)
class Policy:
    """Which operations may leave this process.

    Attributes:
        denied: By PREO_DENY, whoever asks for them.
        asked: By PREO_ASK_ABOUT, unless a person has agreed to the call.
        read_only: Whether only reads may leave.
    """

    denied: frozenset[Operation]
    asked: frozenset[Operation]
    read_only: bool

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """Return the policy of the settings; None where they restrict nothing."""
        if not (settings.deny or settings.ask_about or settings.read_only):
            return None
        denied = frozenset(operation for operation in OPERATIONS if operation.tool in settings.deny)
        asked = frozenset(operation for operation in OPERATIONS if operation.tool in settings.ask_about)
        return cls(denied, frozenset() if settings.yes else asked, settings.read_only)

    def admit(self, operation: Operation, *, agreed: bool) -> None:
        """Let a request out; `agreed` tells whether a person agreed to the call, or what is read is for them to see.

        Raises:
            PermissionDeniedError: the settings do not allow it; nothing was sent.
        """
        if operation in self.denied:
            why = f"the user's settings do not offer {operation.tool} (PREO_DENY)"
        elif self.read_only and operation.risk is not Risk.READ:
            why = "the user's settings allow reading only (PREO_READ_ONLY)"
        elif operation in self.asked and not agreed:
            why = f"it needs a person's yes (PREO_ASK_ABOUT), and nobody can be asked here; {operation.tool} asks"
        else:
            return
        raise PermissionDeniedError(f"{operation.title} was not done", why, ASK_THE_USER)
