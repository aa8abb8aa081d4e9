"""Which editions a member finds, in which order, and where today stands to their dates."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preo_mcp.api.models.editions import CountryCode, DateStatus, Language, TaxType
from preo_mcp.sandbox.clock import FixedClock, iso
from preo_mcp.sandbox.editions import date_status
from tests.sandbox.conftest import Connect

RUNNING, UPCOMING, PAST, DRAFT = "edt_nordlys26", "edt_nordlys27", "edt_elbklang25", "edt_elbklang_draft"
NORDLYS, ELBKLANG = "org_nordlys", "org_elbklang"


async def ids(client: httpx.AsyncClient, **query: Any) -> list[str]:
    answer = await client.get("/v1/editions", params=query)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["count"] >= len(body["results"])
    return [edition["id"] for edition in body["results"]]


async def test_members_see_their_organizations_newest_first(
    admin: httpx.AsyncClient, manager: httpx.AsyncClient, staff: httpx.AsyncClient
) -> None:
    assert await ids(admin) == [DRAFT, UPCOMING, RUNNING, PAST]
    assert await ids(manager) == await ids(staff) == [UPCOMING, RUNNING]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"status": "current"}, [RUNNING]),
        ({"status": "upcoming"}, [UPCOMING]),
        ({"status": "past"}, [PAST]),
        ({"status": "no_dates"}, [DRAFT]),
        ({"is_draft": "true"}, [DRAFT]),
        ({"is_draft": "false", "organization_id": ELBKLANG}, [PAST]),
        ({"is_archived": "true"}, []),
        ({"organization_id": NORDLYS}, [UPCOMING, RUNNING]),
        ({"organization_id": "org_other"}, []),
        ({"page_size": 1, "page": 2}, [UPCOMING]),
        ({"ordering": "name"}, [UPCOMING, RUNNING, DRAFT, PAST]),  # Aalborg, Aarhus, Dresden, Hamburg
        ({"ordering": "start_date"}, [PAST, RUNNING, UPCOMING, DRAFT]),
        ({"ordering": "-end_date"}, [UPCOMING, RUNNING, PAST, DRAFT]),
        ({"ordering": "created"}, [PAST, RUNNING, UPCOMING, DRAFT]),
    ],
)
async def test_filters_and_order(admin: httpx.AsyncClient, query: dict[str, Any], found: list[str]) -> None:
    assert await ids(admin, **query) == found


async def test_second_key_decides_among_equals(admin: httpx.AsyncClient) -> None:
    for number, name in enumerate(["Ærø", "zulu", "Ærø"]):
        body = {"organization_id": NORDLYS, "event_id": "evt_nordlys", "name": name}
        created = (await admin.post("/v1/editions", json=body)).json()
        assert created["name"] == name, number
    listed = (await admin.get("/v1/editions", params={"ordering": ["-name", "created"]})).json()["results"]
    names = [edition["name"] for edition in listed]
    assert names == ["zulu", "Hamburg", "Dresden", "Ærø", "Ærø", "Aarhus", "Aalborg"]


async def test_unknown_filters_are_refused_by_name(admin: httpx.AsyncClient) -> None:
    answer = await admin.get("/v1/editions", params={"status": "soon", "ordering": "slug", "is_draft": "perhaps"})
    assert answer.status_code == 400
    assert answer.json().keys() == {"status", "ordering", "is_draft"}


async def test_one_edition(admin: httpx.AsyncClient, manager: httpx.AsyncClient, connect: Connect) -> None:
    edition = (await admin.get(f"/v1/editions/{PAST}")).json()
    assert (edition["status"], edition["full_name"], edition["currency"]) == ("past", "Elbklang – Hamburg", "EUR")
    assert (await manager.get(f"/v1/editions/{PAST}")).status_code == 404
    assert (await admin.get("/v1/editions/edt_none")).status_code == 404
    assert (await connect(None).get(f"/v1/editions/{PAST}")).status_code == 401


async def test_status_follows_the_clock(admin: httpx.AsyncClient, clock: FixedClock) -> None:
    assert await ids(admin, status="current") == [RUNNING]
    clock.move(timedelta(days=3))
    assert await ids(admin, status="current") == []
    clock.move(timedelta(days=130))
    assert await ids(admin, status="current") == [UPCOMING]


@pytest.mark.parametrize(
    ("zone", "now", "status"),
    [
        ("Europe/Copenhagen", "2026-07-01T21:59:00", DateStatus.UPCOMING),
        ("Europe/Copenhagen", "2026-07-01T22:00:00", DateStatus.CURRENT),  # midnight in Denmark
        ("Europe/Copenhagen", "2026-07-04T21:59:00", DateStatus.CURRENT),
        ("Europe/Copenhagen", "2026-07-04T22:00:00", DateStatus.PAST),
        ("Pacific/Auckland", "2026-07-01T12:00:00", DateStatus.CURRENT),  # midnight in New Zealand
        ("Pacific/Auckland", "2026-07-01T11:59:00", DateStatus.UPCOMING),
        ("America/Los_Angeles", "2026-07-05T06:59:00", DateStatus.CURRENT),
        ("America/Los_Angeles", "2026-07-05T07:00:00", DateStatus.PAST),
    ],
)
def test_days_are_those_of_the_edition(zone: str, now: str, status: DateStatus) -> None:
    edition = {"start_date": "2026-07-02T10:00:00Z", "end_date": "2026-07-04T20:00:00Z", "timezone": zone}
    assert date_status(edition, datetime.fromisoformat(now).replace(tzinfo=UTC)) is status


MOMENTS = st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))


@given(st.lists(MOMENTS, min_size=2, max_size=6), st.sampled_from(["UTC", "Europe/Copenhagen", "Pacific/Chatham"]))
def test_time_only_leads_onwards(moments: Sequence[datetime], zone: str) -> None:
    start, end, *clocks = sorted(moments)[:1] + sorted(moments)
    edition = {"start_date": iso(start), "end_date": iso(end), "timezone": zone}
    order = [DateStatus.UPCOMING, DateStatus.CURRENT, DateStatus.PAST]
    seen = [order.index(date_status(edition, now)) for now in [start - timedelta(days=2), *clocks]]
    assert seen[0] == 0
    assert all(before <= after for before, after in pairwise(seen))
    assert date_status(edition, start) is date_status(edition, end) is DateStatus.CURRENT


async def test_choices_have_labels_for_every_value(staff: httpx.AsyncClient) -> None:
    choices = (await staff.get("/v1/editions/field-choices")).json()
    values = {field: [choice["value"] for choice in listed] for field, listed in choices.items()}
    assert values == {
        "status": list(DateStatus),
        "default_country_code": list(CountryCode),
        "default_language": list(Language),
        "enabled_languages": list(Language),
        "tax_type": list(TaxType),
    }
    labels = {choice["value"]: choice["label"] for listed in choices.values() for choice in listed}
    assert labels["+45"] == "Denmark"
    assert labels["+44"] == "United Kingdom"
    assert labels["se"] == "Swedish"
    assert labels["vat"] == "VAT"
    assert labels["no_dates"] == "No dates"
