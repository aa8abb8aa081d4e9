"""A ledger with one plan that waits for an answer, at a moment that tests set."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from preo_mcp.approval.plans import Plan
from preo_mcp.approval.sheet import Kind, Part, Sheet
from preo_mcp.approval.wording import Span, SpanKind
from tests.approval.memory_ledger import MemoryLedger

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
PLAN_ID = "pln_0123456789abcdef01234567"
LINES = (
    ("Customer", "“Ida Lund”, “ida@example.org” (cus_0001)"),
    ("Order", "NL-1007: 2 × “Weekend pass”"),
    ("Amount to refund", "1,590.00 DKK of 1,590.00 DKK paid"),
)


AMOUNT: dict[str, Any] = {"amount": Decimal("1590.00"), "currency": "DKK"}
"""What `1,590.00 DKK` is that has to be typed."""


def sheet(lines: tuple[tuple[str, str], ...]) -> Sheet:
    """Lines as plain facts, none of which is folded."""
    return Sheet(
        kind=Kind.MONEY,
        verb="Request refund of 1,590.00 DKK",
        account="live: “Nordlys”",
        is_live=True,
        rest=tuple(Part(label, (Span(SpanKind.LINE, value),)) for label, value in lines),
    )


def told(shown: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what a script is given to show, as lines."""
    parts = [*shown["sheet"]["deciding"], *shown["sheet"]["rest"]]
    return [(part["label"], "".join(text for _, text, _ in part["value"])) for part in parts]


def open_plan(plan_id: str = PLAN_ID, *, typed: str | None = None, lines: tuple[tuple[str, str], ...] = LINES) -> Plan:
    return Plan(
        id=plan_id,
        call=f"call of {plan_id}",
        account="account",
        tool="create_purchase_refund",
        title="Create refund for a purchase",
        created=START,
        expires=START + timedelta(hours=1),
        question="Request this refund?",
        lines=lines,
        sheet=sheet(lines),
        digest="digest",
        figures=(2,),
        typed=typed,
        typing=f"Type {typed} to confirm" if typed else "",
        **(AMOUNT if typed == "1,590.00 DKK" else {}),
    )


@dataclass(slots=True)
class Waiting:
    """A ledger, and the clock of whoever works on it."""

    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    now: datetime = START

    @classmethod
    def of(cls, plan: Plan) -> "Waiting":
        waiting = cls()
        waiting.ledger.plans[plan.id] = plan
        return waiting

    @property
    def plan(self) -> Plan:
        """The one plan as it is now."""
        [plan] = self.ledger.plans.values()
        return plan

    def put(self, plan: Plan) -> None:
        self.ledger.plans[plan.id] = plan

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    def clock(self) -> datetime:
        return self.now
