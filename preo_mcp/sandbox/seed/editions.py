"""The four editions, dated from the day of the clock: one running now, one upcoming, one past, one draft."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from preo_mcp.sandbox.clock import iso
from preo_mcp.sandbox.seed.catalogue import CONCERT_ITEMS, FESTIVAL_ITEMS, SHOWCASE_ITEMS, Item
from preo_mcp.sandbox.seed.organizations import ELBKLANG, NORDLYS, Organization
from preo_mcp.sandbox.store import Doc, Store

OPENING_HOUR = 12
CLOSING_HOUR = 23
"""When an edition's first day opens and its last one closes, in its own time."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An edition before it is dated: days are counted from today, orders are how many it has sold."""

    id: str
    key: str
    organization: Organization
    event: str
    name: str
    items: tuple[Item, ...]
    planned: int
    on_sale: int | None = None
    first_day: int | None = None
    last_day: int | None = None
    orders: int = 0

    @property
    def event_id(self) -> str:
        """The event of which the edition is a run: each organizer has one."""
        return f"evt_{self.organization.key}"

    @property
    def slug(self) -> str:
        """What stands for the edition in addresses."""
        return f"{self.organization.key}-{self.name}".lower()


@dataclass(frozen=True, slots=True)
class Run:
    """An edition that sells or has sold: the plan and its moments in UTC."""

    plan: Plan
    on_sale: datetime
    start: datetime
    end: datetime


RUNNING = Plan(
    "edt_nordlys26", "n26", NORDLYS, "Nordlys Festival", "Aarhus", FESTIVAL_ITEMS, -320, -230, -2, 2, orders=2_900
)
UPCOMING = Plan(
    "edt_nordlys27", "n27", NORDLYS, "Nordlys Festival", "Aalborg", FESTIVAL_ITEMS, -95, -60, 131, 135, orders=400
)
PAST = Plan(
    "edt_elbklang25", "e25", ELBKLANG, "Elbklang", "Hamburg", CONCERT_ITEMS, -520, -430, -247, -245, orders=1_700
)
DRAFT = Plan("edt_elbklang_draft", "ed", ELBKLANG, "Elbklang", "Dresden", SHOWCASE_ITEMS, -12)

PLANS = (PAST, RUNNING, UPCOMING, DRAFT)


def add_editions(store: Store, today: datetime) -> Sequence[Run]:
    """Write the events and their editions; return those of the latter that sell or have sold."""
    for plan in {plan.event_id: plan for plan in PLANS}.values():
        event = {"id": plan.event_id, "organization_id": plan.organization.id, "name": plan.event}
        store.insert("organizer_events", event, id=plan.event_id, organization_id=plan.organization.id)
    runs: list[Run] = []
    for plan in PLANS:
        run = _dated(plan, today)
        created = today + timedelta(days=plan.planned, hours=9)
        doc = _edition(plan, run, created)
        store.insert("editions", doc, id=plan.id, organization_id=plan.organization.id)
        if run:
            runs.append(run)
    return runs


def _dated(plan: Plan, today: datetime) -> Run | None:
    if plan.on_sale is None or plan.first_day is None or plan.last_day is None:
        return None
    zone = ZoneInfo(plan.organization.timezone)

    def moment(day: int, hour: int) -> datetime:
        return (today + timedelta(days=day)).replace(hour=hour, tzinfo=zone).astimezone(UTC)

    return Run(
        plan,
        on_sale=moment(plan.on_sale, OPENING_HOUR),
        start=moment(plan.first_day, OPENING_HOUR),
        end=moment(plan.last_day, CLOSING_HOUR),
    )


def _edition(plan: Plan, run: Run | None, created: datetime) -> Doc:
    organization = plan.organization
    return {
        "id": plan.id,
        "event_id": plan.event_id,
        "organization_id": organization.id,
        "name": plan.name,
        "full_name": f"{plan.event} – {plan.name}",
        "slug": plan.slug,
        "timezone": organization.timezone,
        "is_draft": run is None,
        "is_archived": False,
        "published_at": iso(run.on_sale) if run else None,
        "fee_rule_id": f"fee_{organization.key}",
        "merchant_account_id": f"mac_{organization.key}",
        "meta_image_id": None,
        "transaction_receipt_email_id": None,
        "refund_confirmation_email_id": None,
        "created": iso(created),
        "modified": iso(run.on_sale if run else created),
        "start_date": iso(run.start) if run else None,
        "end_date": iso(run.end) if run else None,
        "default_country_code": organization.country_code,
        "default_language": organization.language,
        "enabled_languages": list(organization.languages),
        "tax_type": "vat",
        "currency": organization.currency,
    }
