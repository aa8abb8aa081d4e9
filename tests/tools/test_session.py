"""What a session begins with: the moment, the account, and what the settings allow."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from preo_mcp.settings import Transport
from tests.door import Door
from tests.tools.conftest import OpenServer


async def test_a_session_begins_with_the_moment_and_the_limits(door: Door) -> None:
    began = datetime.now(UTC) - timedelta(seconds=1)
    found = await door.done("get_user_info")
    assert began <= datetime.fromisoformat(found["now"]) <= datetime.now(UTC)
    assert found["account"] == "sandbox: invented data"
    assert {one["role"] for one in found["organizations"]} <= {"admin", "manager", "staff"}
    assert found["read_only"] is False
    assert found["limits"] == {"typed_above_amount": "1000", "typed_above_recipients": 1000}
    assert found.keys().isdisjoint({"allowed_folders", "only_organizations", "only_editions"})


async def test_it_says_what_the_settings_confine_it_to(open_server: OpenServer, tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "allowed_folders": (tmp_path,),
        "allowed_editions": ("edt_nordlys27",),
        "max_refund_amount": "500 DKK, 70 EUR",
        "max_recipients": 200,
        "read_only": True,
    }
    async with open_server(**settings) as door:
        found = await door.done("get_user_info")
    assert found["allowed_folders"] == [str(tmp_path)]
    assert found["only_editions"] == ["edt_nordlys27"]
    assert found["limits"]["max_refund_amount"] == "500 DKK, 70 EUR"
    assert found["limits"]["max_recipients"] == 200
    assert found["read_only"] is True


async def test_over_http_no_path_may_be_used_and_none_is_named(open_server: OpenServer, tmp_path: Path) -> None:
    async with open_server(allowed_folders=(tmp_path,), transport=Transport.HTTP) as door:
        assert "allowed_folders" not in await door.done("get_user_info")
