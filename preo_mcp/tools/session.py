"""What a session begins with: whose the token is, what time it is, and what the settings allow."""

from datetime import datetime

from pydantic import BaseModel

from preo_mcp.api.models.users import UserInfo
from preo_mcp.api.operations import GET_USER_INFO
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.tool import tool
from preo_mcp.settings import Settings, Transport

LIVE = "live"
SANDBOX = "sandbox: invented data"


class Limits(BaseModel):
    """What the settings refuse, and above what a person has to type what they agree to; absent: no limit."""

    max_refund_amount: str | None = None
    max_refunds_per_day: int | None = None
    max_recipients: int | None = None
    typed_above_amount: str
    typed_above_recipients: int

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """Return those of a process."""
        return cls(
            max_refund_amount=None if settings.max_refund_amount is None else str(settings.max_refund_amount),
            max_refunds_per_day=settings.max_refunds_per_day,
            max_recipients=settings.max_recipients,
            typed_above_amount=str(settings.confirm_amount_over),
            typed_above_recipients=settings.confirm_recipients_over,
        )


class Session(UserInfo):
    """The token's user in this session.

    `now` is by the clock that plans are timed by, in UTC; `allowed_folders` are those that paths may lead into, absent
    where no path may be used; `only_organizations` and `only_editions` are what the settings confine the session to.
    """

    now: datetime
    account: str
    read_only: bool
    allowed_folders: list[str] | None = None
    only_organizations: list[str] | None = None
    only_editions: list[str] | None = None
    limits: Limits


@tool(GET_USER_INFO)
async def get_user_info(preo: Preo) -> Session:
    """Show the date and time now, the token's user, their organizations with ids and roles, allowed folders, limits."""
    user = await preo.request(GET_USER_INFO, UserInfo)
    settings = preo.settings
    folders = settings.allowed_folders if settings.transport is Transport.STDIO else ()
    return Session(
        **user.model_dump(),
        now=preo.backend.guardrails.timing.now().replace(microsecond=0),
        account=SANDBOX if settings.sandbox else LIVE,
        read_only=settings.read_only,
        allowed_folders=[str(folder) for folder in folders] or None,
        only_organizations=[*settings.allowed_organizations] or None,
        only_editions=[*settings.allowed_editions] or None,
        limits=Limits.of(settings),
    )
