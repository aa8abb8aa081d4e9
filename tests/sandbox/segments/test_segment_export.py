"""Segments as CSV files."""

import csv

import httpx
from segment_steps import calculated, counted, created

from preo_mcp.sandbox.store import Store

HEADER = ["id", "email", "first_name", "last_name", "phone_number", "country", "locale", "created"]


async def test_export(manager: httpx.AsyncClient) -> None:
    evil = '=HYPERLINK("http://x", "A")\n;,'
    changed = await manager.patch(
        "/v1/users/usr_maja", json={"last_name": evil.replace("\n", ""), "phone_number": None}
    )
    assert changed.status_code == 200
    segment = await counted(manager, "user.id in ['usr_soeren', 'usr_maja']")
    answer = await manager.get(f"/v1/segments/{segment['id']}/export")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert segment["id"] in answer.headers["Content-Disposition"]
    assert answer.content.startswith("\ufeffid,".encode())
    header, maja, soeren = csv.reader(answer.content.decode("utf-8-sig").splitlines())
    assert header == HEADER
    assert maja[:6] == ["usr_maja", "maja.oestergaard@example.com", "Maja", "'" + evil.replace("\n", ""), "", ""]
    assert soeren[2:6] == ["Søren", "Kjærgaard", "+4520134567", "DK"]


async def test_large_and_empty_ones(manager: httpx.AsyncClient, store: Store) -> None:
    everybody = await counted(manager, "true")
    text = (await manager.get(f"/v1/segments/{everybody['id']}/export")).text
    ids = [row[0] for row in csv.reader(text.splitlines()[1:])]
    [(count,)] = store.db.execute("SELECT count(*) FROM customers WHERE organization_id = 'org_nordlys'").fetchall()
    assert len(set(ids)) == len(ids) == everybody["user_count"] == count
    assert ids == sorted(ids)
    nobody = await counted(manager, "false")
    assert (await manager.get(f"/v1/segments/{nobody['id']}/export")).text == f"\ufeff{','.join(HEADER)}\r\n"


async def test_only_completed_ones(manager: httpx.AsyncClient) -> None:
    segment = await created(manager)
    for key in (segment["id"], "seg_nordlys_stuck"):
        refused = await manager.get(f"/v1/segments/{key}/export")
        assert refused.status_code == 400
        assert "Recalculate segment" in refused.json()["detail"]
    await calculated(manager, segment["id"])
    assert (await manager.get(f"/v1/segments/{segment['id']}/export")).status_code == 200
