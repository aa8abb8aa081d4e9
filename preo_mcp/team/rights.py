"""What one who is signed in may do now: the least of what everything that has a say allows.

The process's settings, the member's entry, the sign-in and the headers of the client each can only narrow. An empty
choice of presets, editions or organizations means all of them, so one that became empty by narrowing is a refusal.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from pydantic import SecretStr

from preo_mcp.approval.plans import Plan
from preo_mcp.calls.toolset import Toolset
from preo_mcp.settings import Preset, Settings, Way
from preo_mcp.team.members import Member
from preo_mcp.team.principals import Principal, Refused, Right

PRESET_HEADER: Final = b"x-preo-preset"
READ_ONLY_HEADER: Final = b"x-preo-read-only"
_ON: Final = frozenset({"1", "true", "yes", "on"})
_OFF: Final = frozenset({"", "0", "false", "no", "off"})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rights:
    """What decides which server of their own somebody is served by.

    Attributes:
        read_only: Whether nothing may be changed.
        may_approve: Whether they may say yes.
        preset: The kinds of work; empty for all.
        deny: Tools that are not offered.
        organizations: The only ones; empty for all.
        editions: The only ones; empty for all.
    """

    read_only: bool
    may_approve: bool
    preset: tuple[Preset, ...]
    deny: tuple[str, ...]
    organizations: tuple[str, ...]
    editions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client asks for by its headers."""

    preset: tuple[Preset, ...] = ()
    read_only: bool = False

    @classmethod
    def of(cls, headers: Mapping[bytes, bytes]) -> "Wish":
        """Return what the headers of a request ask for.

        Raises:
            Refused: a word in them is not known; what cannot be understood must not widen.
        """
        words = [word.strip() for word in headers.get(PRESET_HEADER, b"").decode("latin-1").split(",")]
        try:
            preset = tuple(dict.fromkeys(Preset(word) for word in words if word))
        except ValueError:
            known = ", ".join(Preset)
            raise Refused(400, "X-Preo-Preset names no preset", f"Send one of: {known}.") from None
        said = headers.get(READ_ONLY_HEADER, b"").decode("latin-1").strip().lower()
        if said not in _ON | _OFF:
            raise Refused(400, "X-Preo-Read-Only is neither true nor false", "Send true, or leave it out.")
        return cls(preset, said in _ON)


def rights_of(settings: Settings, principal: Principal, member: Member | None, wish: Wish) -> Rights:
    """Return what a principal may do in a request.

    Raises:
        Refused: they may not even read, or nothing is left of what they may work on.
    """
    member = member or Member()
    rights = principal.rights & member.rights
    if Right.READ not in rights:
        why = "the sign-in does not allow reading (preo.read)"
        raise Refused(403, why, "Sign in with that scope.", "insufficient_scope", Right.READ)
    return Rights(
        read_only=settings.read_only or wish.read_only or Right.WRITE not in rights,
        may_approve=Right.APPROVE in rights,
        preset=_all_of("presets", settings.preset, member.preset, principal.preset, wish.preset),
        deny=tuple(sorted({*settings.deny, *member.deny})),
        organizations=_all_of("organizations", settings.allowed_organizations, member.allowed_organizations),
        editions=_all_of("editions", settings.allowed_editions, member.allowed_editions),
    )


def settings_of(settings: Settings, rights: Rights, token: SecretStr) -> Settings:
    """Return the settings of a server for somebody's rights, which goes to Preo with their token.

    Who may not approve is asked nothing in their host: a program that holds their token could answer.
    """
    of_account = {"sandbox_token": token.get_secret_value()} if settings.sandbox else {"token": token}
    asked = settings.approve_via if rights.may_approve else Way.PAGE
    changes = {
        "token": None,
        "token_file": None,
        "token_keyring": None,
        **of_account,
        "read_only": rights.read_only,
        "preset": rights.preset,
        "deny": rights.deny,
        "allowed_organizations": rights.organizations,
        "allowed_editions": rights.editions,
        "approve_via": asked,
    }
    return settings.model_copy(update=changes)


def decides_on(settings: Settings, rights: Rights) -> Callable[[Plan], bool]:
    """Return whether somebody who may approve has to do with what others ask for.

    It has to be where they may work, which is not so where it is not known where it is; and by a tool of their kinds of
    work. Whether they may change something by themselves does not matter.
    """
    theirs = {"preset": rights.preset, "deny": rights.deny, "read_only": False}
    toolset = Toolset.of(settings.model_copy(update=theirs))

    def may_decide(plan: Plan) -> bool:
        is_within = not rights.organizations or plan.organization_id in rights.organizations
        is_within = is_within and (not rights.editions or plan.edition_id in rights.editions)
        return is_within and toolset.offers(plan.tool)

    return may_decide


def _all_of(what: str, *choices: tuple[T, ...]) -> tuple[T, ...]:
    """Return what is in every choice that is one.

    Raises:
        Refused: nothing is.
    """
    made = [set(choice) for choice in choices if choice]
    if not made:
        return ()
    left = set[T].intersection(*made)
    if not left:
        why = f"none of the {what} that are asked for are among those that are allowed"
        raise Refused(403, why, "Ask for less, or have the member's entry changed.")
    return tuple(sorted(left, key=str))
