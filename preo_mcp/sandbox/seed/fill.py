"""Fills an empty store in one transaction, and opens stores so that they have their first data."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, timedelta
from pathlib import Path
from random import Random

from preo_mcp.sandbox.clock import Clock, iso, system_clock
from preo_mcp.sandbox.seed.campaigns import add_campaigns
from preo_mcp.sandbox.seed.consents import add_consents
from preo_mcp.sandbox.seed.customers import AUDIENCES, Customers
from preo_mcp.sandbox.seed.editions import add_editions
from preo_mcp.sandbox.seed.email_messages import add_email_messages
from preo_mcp.sandbox.seed.files import add_files
from preo_mcp.sandbox.seed.orders import Ledger
from preo_mcp.sandbox.seed.organizations import ORGANIZATIONS, add_members, add_organizations
from preo_mcp.sandbox.seed.products import add_products
from preo_mcp.sandbox.seed.refunds import add_refunds
from preo_mcp.sandbox.seed.segments import add_segments
from preo_mcp.sandbox.seed.webhooks import add_webhooks
from preo_mcp.sandbox.store import Store

LONGEST_ACQUAINTANCE = 300 * 24 * 3600
"""How many seconds ago a customer who has not bought anything can have signed up."""


def seed(store: Store, number: int = 1) -> None:
    """Fill an empty store: 2 organizations, 4 editions with products, 2,000 customers, 5,000 orders, 3 members.

    Among the orders are 41 with a refund, in every status. Of the customers about 60 % granted, and 8 % withdrew, each
    of their organizer's two consents; about 30 % have a wallet pass. Each organizer has segments in several states,
    and campaigns in most.

    The same number on the same day gives the same rows and ids on every platform and Python version. Organizations,
    editions, products, tokens and the regular customers are the same for every number.

    Raises:
        sqlite3.IntegrityError: The store was filled before; it stays as it was.
    """
    source = Random(number)  # noqa: S311 - invented data, nothing secret
    today = store.clock().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with store.transaction():
        add_organizations(store)
        runs = add_editions(store, today)
        add_products(store)
        add_files(store, today)
        add_email_messages(store, today)
        add_members(store)
        maker, ledger = Customers(source), Ledger(source, today)
        customers = {organization.id: maker.of(organization) for organization in ORGANIZATIONS}
        for run in runs:
            organization_id = run.plan.organization.id
            ledger.sell(run, customers[organization_id], regulars=len(AUDIENCES[organization_id].regulars))
        ledger.write(store)
        everyone = [customer for group in customers.values() for customer in group]
        for customer in everyone:
            signed_up = today - timedelta(seconds=int(source.random() * LONGEST_ACQUAINTANCE))
            customer["created"] = customer["modified"] = ledger.first_bought.get(customer["id"]) or iso(signed_up)
        maker.write(store, everyone)
        add_consents(store, number, today, everyone)
        add_refunds(store, number, today)
        add_segments(store, number, today, everyone)
        add_webhooks(store, today)
        add_campaigns(store, number, today)


@contextmanager
def seeded_store(folder: Path | None = None, clock: Clock = system_clock, number: int = 1) -> Generator[Store]:
    """Open the store kept in `folder`, or one in memory; `number` picks the seed of a new one.

    Raises:
        OSError: `folder` cannot be made or written.
    """
    with Store.opened(folder, clock) as store:
        if store.db.execute("SELECT 1 FROM members LIMIT 1").fetchone() is None:
            seed(store, number)
        yield store
