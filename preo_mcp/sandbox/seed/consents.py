"""Two consents per organizer, and what their customers answered, each at a time of their acquaintance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from types import MappingProxyType

from preo_mcp.api.models.consents import ConsentStatus, ConsentType
from preo_mcp.sandbox.clock import iso
from preo_mcp.sandbox.seed.customers import AUDIENCES
from preo_mcp.sandbox.seed.organizations import ELBKLANG, NORDLYS, Organization
from preo_mcp.sandbox.store import Doc, Store

SHARE_GRANTED = 0.60
SHARE_WITHDRAWN = 0.08
"""The others never answered."""

CREATED_DAYS_AGO = 700


@dataclass(frozen=True, slots=True)
class Plan:
    """A consent before it is dated."""

    id: str
    organization: Organization
    name: str
    type: ConsentType
    description: str


PLANS = (
    Plan(
        *("con_nordlys_news", NORDLYS, "Nyhedsbrev", ConsentType.MARKETING),
        "Nordlys Festival må sende mig nyheder og tilbud på e-mail og sms.",
    ),
    Plan(
        *("con_nordlys_partners", NORDLYS, "Tilbud fra partnere", ConsentType.THIRD_PARTY),
        "Nordlys Festival må sende mig tilbud fra sine samarbejdspartnere.",
    ),
    Plan(
        *("con_elbklang_news", ELBKLANG, "Newsletter", ConsentType.MARKETING),
        "Elbklang may send me news about its concerts by e-mail and text message.",
    ),
    Plan(
        *("con_elbklang_profile", ELBKLANG, "Personal recommendations", ConsentType.PROFILING),
        "Elbklang may use my purchases to recommend concerts to me.",
    ),
)

FIXED = MappingProxyType({True: ConsentStatus.GRANTED, False: ConsentStatus.WITHDRAWN})
"""Of each organizer's regular customers the first has granted everything, the others have withdrawn everything."""


def add_consents(store: Store, number: int, today: datetime, customers: Sequence[Doc]) -> None:
    """Write the consents and the answers of customers that are complete with their times."""
    source = Random(f"consents {number}")  # noqa: S311 - invented data, nothing secret
    created = iso(today - timedelta(days=CREATED_DAYS_AGO))
    for plan in PLANS:
        doc = {"id": plan.id, "organization_id": plan.organization.id, "name": plan.name}
        doc |= {"description": plan.description, "type": plan.type, "required": False}
        doc |= {"created": created, "modified": created}
        store.insert("consents", doc, id=plan.id, organization_id=plan.organization.id)
        known = [one for one in customers if one["organization_id"] == plan.organization.id]
        rows = [row for customer in known if (row := _answer(source, plan, customer, today))]
        store.db.executemany("INSERT INTO customer_consents VALUES (?, ?, ?, ?)", rows)


def _answer(source: Random, plan: Plan, customer: Doc, today: datetime) -> tuple[str, str, str, str] | None:
    """Draw what a customer answered; a withdrawal comes later than the day on which they signed up."""
    drawn, share = source.random(), source.random()
    regulars = [regular.id for regular in AUDIENCES[plan.organization.id].regulars]
    if customer["id"] in regulars:
        status = FIXED[customer["id"] == regulars[0]]
    elif drawn < SHARE_GRANTED + SHARE_WITHDRAWN:
        status = FIXED[drawn < SHARE_GRANTED]
    else:
        return None
    signed_up = datetime.fromisoformat(customer["created"])
    seconds = int((today - signed_up).total_seconds())
    at = signed_up + timedelta(seconds=int(seconds * share) if status is ConsentStatus.WITHDRAWN else 0)
    return plan.id, customer["id"], status, iso(at)
