"""A layout that was settled before: offered for the next file, taken by a choice, open where something changed."""

import re
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from preo_mcp.api.operations import START_IMPORT
from preo_mcp.files.kept_layouts import FOLDER, KeptLayouts
from tests.door import EDITION, YES, Door, Person
from tests.tools.conftest import OpenServer, in_both_eras
from tests.tools.workflows.monthly_exports import (
    AS_THEN,
    HEADINGS,
    PEOPLE,
    SETTLE,
    TAKE,
    export,
    first,
    imported,
    open_keys,
    then,
    told,
)
from tests.tools.workflows.other_edition import PRODUCTS, completed, id_of, make_edition, tickets


@pytest.fixture
def sandbox(tmp_path: Path) -> Path:
    make_edition(tmp_path / "sandbox")
    return tmp_path / "sandbox"


@pytest.fixture
async def shop(sandbox: Path, open_server: OpenServer) -> AsyncGenerator[Door]:
    """A server before an edition into which this shop's first file was imported."""
    async with open_server(Person(YES)) as door:
        await imported(door)
        yield door


@pytest.fixture
def layouts(sandbox: Path) -> KeptLayouts:
    return KeptLayouts(sandbox / "state")


async def started_elsewhere(door: Door, import_id: str) -> None:
    """Start an import in Preo's own pages: nobody here waits for its end."""
    client = await door.backend.client()
    await client.send(START_IMPORT, path={"id": import_id}, query={"ignore_warnings": True})


@in_both_eras
async def test_the_next_months_file_takes_one_choice(sandbox: Path, open_server: OpenServer) -> None:
    person = Person(YES)
    async with open_server(person) as door:
        await imported(door)
        offered = await first(door, export("B"))
        [offer] = offered["decisions"]
        assert offer["key"] == "remembered"
        assert "import_id" not in offered, "nothing is applied before somebody says so"
        for fact in ("Nordlys", "refunded leave_out", "currency: leave_out", "2 products", "1 skipped"):
            assert fact in offer["about"]
        assert f"take: as then → {AS_THEN}" in offer["options"]
        assert offered["announced"] == AS_THEN
        taken = await then(door, offered, TAKE)
        assert taken["announced"] == AS_THEN
        assert "settled on" in told(taken, "remembered")["about"]
        await completed(door, taken)
        before, question = person.questions
        assert re.search(r"Settled: as on .* for “?Nordlys", question), "a person is asked all the same, and told"
        assert "Settled:" not in before
    assert [row[0] for row in tickets(sandbox)] == ["A-0", "A-1", "B-0", "B-1"]


async def test_where_it_is_to_be_as_before_one_call_is_enough(shop: Door) -> None:
    taken = await first(shop, export("B"), TAKE)
    assert not taken["decisions"]
    assert taken["announced"] == AS_THEN
    await completed(shop, taken)


async def test_to_settle_it_anew_is_an_option(shop: Door) -> None:
    left = await then(shop, await first(shop, export("B")), "remembered: leave")
    assert open_keys(left) == ["states", "currency", "products"]
    again = await then(shop, left, "states: take", "currency: leave_out", "products: skip")
    assert again["announced"] == "2 orders, 5 pieces, 150.00 EUR"
    await completed(shop, again)
    taken = await first(shop, export("C"), TAKE)
    assert taken["announced"] == "2 orders, 5 pieces, 150.00 EUR", "what was settled last holds"


async def test_what_is_said_of_this_file_counts_more(shop: Door) -> None:
    taken = await first(shop, export("B"), TAKE, "states: take", "products.POSTER: CHILD")
    assert not taken["decisions"]
    assert taken["announced"] == "4 orders, 8 pieces, 178.00 EUR"
    again = await then(shop, taken, "states.refunded: leave_out")
    assert again["announced"] == "3 orders, 4 pieces, 58.00 EUR"


@pytest.mark.parametrize(
    ("change", "open_now", "why"),
    [
        (("1,30.00,paid,EUR", "1,30.00,on hold,EUR"), "states", "on_hold"),
        (("1,30.00,paid,EUR", "1,30.00,paid,NOK"), "currency", "NOK in EUR"),
        (("XC,Camping spot", "NEW,Glamping"), "products", "NEW"),
    ],
)
async def test_a_new_value_opens_its_own_decision(shop: Door, change: tuple[str, str], open_now: str, why: str) -> None:
    offered = await first(shop, export("B", change))
    assert open_keys(offered) == ["remembered", open_now]
    assert f"Open all the same: {open_now} (new: {why})" in offered["decisions"][0]["about"]
    taken = await then(shop, offered, TAKE)
    assert open_keys(taken) == [open_now]
    assert "import_id" not in taken
    answer = {"states": "states.on_hold: take", "currency": "currency: leave_out", "products": "products.NEW: CHILD"}
    ready = await then(shop, taken, answer[open_now])
    assert not ready["decisions"]
    await completed(shop, ready)


async def test_what_was_new_is_known_the_next_time(shop: Door) -> None:
    change = ("Camping spot,2,10.00,paid", "Camping spot,2,10.00,on hold")
    await completed(shop, await first(shop, export("B", change), TAKE, "states.on_hold: take"))
    taken = await first(shop, export("C", change), TAKE)
    assert not taken["decisions"]
    assert taken["announced"] == AS_THEN


async def test_what_a_month_does_not_need_is_not_forgotten(shop: Door) -> None:
    plain = (
        ("refunded", "paid"),
        ("SEK", "EUR"),
        ("XC,Camping spot", "DAY,Day ticket"),
        ("POSTER,Poster", "DAY,Day ticket"),
    )
    prepared = await first(shop, export("B", *plain))
    assert not prepared["decisions"], "nothing is offered where it changes nothing"
    await completed(shop, prepared)
    assert open_keys(await first(shop, export("C"))) == ["remembered"]


async def test_headings_in_another_order_and_one_more_that_means_nothing(shop: Door) -> None:
    lines = [line.split(",") for line in export("B").splitlines()]
    turned = "\n".join(",".join((*line[5:], *line[:5], "Cashier" if not at else "7")) for at, line in enumerate(lines))
    assert (await first(shop, turned, TAKE))["announced"] == AS_THEN


async def test_a_new_heading_opens_the_decision_that_rests_on_it(shop: Door) -> None:
    lines = export("B").splitlines()
    more = "\n".join([f"{lines[0]},Ticket status", *(f"{line},valid" for line in lines[1:])])
    offered = await first(shop, more)
    assert open_keys(offered) == ["remembered", "states"]
    assert "states (the column ticket status is new)" in offered["decisions"][0]["about"]


async def test_another_layout_is_not_this_one(shop: Door) -> None:
    other = "Number,Mail,Ticket,Amount,State\nZ-1,bo@example.org,Poster,8.00,refunded\n"
    assert "remembered" not in open_keys(await first(shop, other))
    wanted = await first(shop, other, TAKE)
    assert told(wanted, "remembered")["chosen"] == "none"
    assert open_keys(wanted)


async def test_a_choice_that_does_not_exist_is_refused(shop: Door) -> None:
    text = await shop.refused(
        "prepare_import", edition_id=EDITION, text=export("B"), file_name="b.csv", settle=["remembered: always"]
    )
    assert "remembered has no option 'always'" in text


async def test_only_a_completed_import_is_remembered(
    sandbox: Path, open_server: OpenServer, layouts: KeptLayouts
) -> None:
    async with open_server(Person(YES)) as door:
        prepared = await first(door, export("A"), *SETTLE)
        await door.done("get_data_import", import_id=prepared["import_id"])
        assert not layouts.all().layouts
        await door.done("cancel_data_import", import_id=prepared["import_id"])
        await door.done("wait_for_import", import_id=prepared["import_id"])
    assert not layouts.all().layouts


async def test_it_is_kept_after_a_restart_too_and_once(
    sandbox: Path, open_server: OpenServer, layouts: KeptLayouts
) -> None:
    async with open_server(Person(YES)) as door:
        prepared = await first(door, export("A"), *SETTLE)
        await started_elsewhere(door, prepared["import_id"])
    assert not layouts.all().layouts
    async with open_server(Person(YES)) as door:
        await door.done("wait_for_import", import_id=prepared["import_id"])
        [kept] = layouts.all().layouts
        assert open_keys(await first(door, export("B"))) == ["remembered"]
        layouts.delete(kept.id)
        await door.done("get_data_import", import_id=prepared["import_id"])
        assert not layouts.all().layouts, "what a person deletes stays away"
        assert "remembered" not in open_keys(await first(door, export("B")))


async def test_a_look_at_the_import_keeps_it_but_not_where_only_reading_is_allowed(
    sandbox: Path, open_server: OpenServer, layouts: KeptLayouts
) -> None:
    async with open_server(Person(YES)) as door:
        prepared = await first(door, export("A"), *SETTLE)
        await started_elsewhere(door, prepared["import_id"])
    async with open_server(read_only=True) as door:
        await door.done("wait_for_import", import_id=prepared["import_id"])
    assert not layouts.all().layouts
    async with open_server(Person(YES)) as door:
        await door.done("get_data_import", import_id=prepared["import_id"])
    assert len(layouts.all().layouts) == 1


async def test_rows_are_given_back_as_the_layout_settles_them(
    sandbox: Path, open_server: OpenServer, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    async with open_server(Person(YES), allowed_folders=(folder,)) as door:
        await imported(door)
        taken = await first(door, export("B"), TAKE)
        back = await door.done("export_import_rows", import_id=taken["source"], save_to="left.csv")
        assert back["rows"] == 3, "refunded, skipped, and in another currency"
        left = (folder / "left.csv").read_text(encoding="utf-8-sig")
        assert told(await first(door, left, TAKE), "remembered")["chosen"] == "take", "the rows back have the layout"


async def test_products_that_were_mapped_in_preo_are_known(sandbox: Path, open_server: OpenServer) -> None:
    async with open_server(Person(YES)) as door:
        prepared = await first(door, export("A"), "states: leave_out", "currency: leave_out", "products: keep")
        change = [
            {"id": one["mapping_id"], "product_id": id_of("CHILD" if one["code"] == "XC" else "ADULT")}
            for one in prepared["unmapped_products"]
        ]
        await door.done("update_product_mappings", import_id=prepared["import_id"], mappings=change)
        await door.done("start_import", import_id=prepared["import_id"])
        await door.done("wait_for_import", import_id=prepared["import_id"])
        await completed(door, await first(door, export("B"), TAKE))
    assert {(number, product) for number, _, product, _, _ in tickets(sandbox)} >= {
        ("B-1", id_of("CHILD")),
        ("B-3", id_of("ADULT")),
    }


async def test_products_of_other_ids_are_found_by_their_code(sandbox: Path, open_server: OpenServer) -> None:
    async with open_server(Person(YES)) as door:
        await imported(door)
    state = sandbox / "state" / FOLDER
    [path] = state.glob("*.json")
    path.write_text(path.read_text().replace(id_of("CAMP"), "prd_of_another_edition"))
    async with open_server(Person(YES)) as door:
        assert (await first(door, export("B"), TAKE))["announced"] == AS_THEN


async def test_products_that_are_gone_are_open_again(sandbox: Path, open_server: OpenServer) -> None:
    async with open_server(Person(YES)) as door:
        await imported(door)
    make_edition(sandbox, products={code: one for code, one in PRODUCTS.items() if code != "CAMP"})
    async with open_server(Person(YES)) as door:
        taken = await first(door, export("B"), TAKE)
    assert open_keys(taken) == ["products"]
    assert "products (new: XC)" in told(taken, "remembered")["about"]


async def test_a_prefix_holds_for_the_next_file_although_nothing_asks_for_it(
    sandbox: Path, open_server: OpenServer
) -> None:
    async with open_server(Person(YES)) as door:
        await imported(door, "A", *SETTLE, "prefix: TS-")
        offered = await first(door, export("B"), *SETTLE)
        assert open_keys(offered) == ["remembered"], "all is settled but the prefix"
        assert "prefix: TS-" in offered["decisions"][0]["about"]
        await completed(door, await then(door, offered, TAKE))
    assert [row[0] for row in tickets(sandbox)] == ["TS-A-0", "TS-A-1", "TS-B-0", "TS-B-1"]


async def test_no_customer_is_in_what_is_kept(shop: Door, sandbox: Path) -> None:
    # a product and a state with a customer's name in them
    changes = (("POSTER,Poster", "P-1,Gift for Ida Lund"), ("4,30.00,refunded", "4,30.00,bo.aagaard@example.org"))
    settle = (
        "states: leave_out",
        "currency: leave_out",
        "products.XC: CAMP",
        "products.P-1: ADULT",
        "remembered: leave",
    )
    await completed(shop, await first(shop, export("B", *changes), *settle))
    files = list((sandbox / "state" / FOLDER).iterdir())
    assert files
    for path in files:
        assert path.stat().st_mode & 0o777 == 0o600
        content = path.read_bytes().decode().casefold()
        for email, name, phone in PEOPLE:
            for one in (email, name, phone, phone.replace(" ", "")):
                assert one.casefold() not in content
        assert "camp" in content


async def test_another_organizations_layout_is_never_offered(shop: Door, sandbox: Path) -> None:
    [path] = (sandbox / "state" / FOLDER).glob("*.json")
    path.write_text(path.read_text().replace('"organization":"org_nordlys"', '"organization":"org_other"'))
    assert "remembered" not in open_keys(await first(shop, export("B")))


@pytest.mark.parametrize("change", ["account", "is_sandbox"])
async def test_another_accounts_layout_is_never_offered(shop: Door, sandbox: Path, change: str) -> None:
    [path] = (sandbox / "state" / FOLDER).glob("*.json")
    old, new = {"account": ('"account":"', '"account":"0'), "is_sandbox": (":true", ":false")}[change]
    path.write_text(path.read_text().replace(old, new))
    assert "remembered" not in open_keys(await first(shop, export("B")))


async def test_a_damaged_layout_is_said_and_counts_as_absent(shop: Door, sandbox: Path) -> None:
    [path] = (sandbox / "state" / FOLDER).glob("*.json")
    path.write_text(path.read_text()[:-40])
    prepared = await first(shop, export("B"))
    assert open_keys(prepared) == ["states", "currency", "products"]
    assert "cannot be read" in told(prepared, "remembered")["about"]
    await completed(shop, await then(shop, prepared, *SETTLE))
    assert open_keys(await first(shop, export("C"))) == ["remembered"], "and is replaced by the next"


async def test_a_folder_that_cannot_be_used_stops_no_import(sandbox: Path, open_server: OpenServer) -> None:
    async with open_server(Person(YES)) as door:
        (sandbox / "state").mkdir(mode=0o700, exist_ok=True)
        (sandbox / "state" / FOLDER).write_text("a file in its place")
        await imported(door)
        prepared = await first(door, export("B"))
    assert open_keys(prepared) == ["states", "currency", "products"]


async def test_the_settings_can_switch_it_off(sandbox: Path, open_server: OpenServer, layouts: KeptLayouts) -> None:
    async with open_server(Person(YES), forget_layouts=True) as door:
        await imported(door)
        assert not layouts.all().layouts
    async with open_server(Person(YES)) as door:
        await imported(door, "B")
    assert layouts.all().layouts
    async with open_server(Person(YES), forget_layouts=True) as door:
        assert "remembered" not in open_keys(await first(door, export("C")))
        wanted = await first(door, export("C"), TAKE)
    assert told(wanted, "remembered")["about"] == "This server remembers no layouts."


async def test_what_a_file_decides_by_itself_is_open_where_a_person_decided_otherwise(
    sandbox: Path, open_server: OpenServer
) -> None:
    def abroad(month: str, *countries: str) -> str:
        lines = export(month).splitlines()
        rest = (*countries, *("DE" for _ in lines[len(countries) + 1 :]))
        return "\n".join([f"{lines[0]},Country", *(f"{line},{one}" for line, one in zip(lines[1:], rest, strict=True))])

    async with open_server(Person(YES)) as door:
        prepared = await first(door, abroad("A", "DK"), *SETTLE)
        assert told(prepared, "phones")["chosen"] == "column"
        await completed(door, await then(door, prepared, "phones: edition"))
        same = await first(door, abroad("B", "DK"), TAKE)
        assert told(same, "phones")["chosen"] == "edition"
        taken = await first(door, abroad("C", "DK", "SE"), TAKE)
        assert open_keys(taken) == ["phones"]
        assert "phones (new: SE)" in told(taken, "remembered")["about"]
        assert "import_id" not in taken
        assert not (await then(door, taken, "phones: column"))["decisions"]


async def test_a_heading_that_is_gone_opens_the_decision_that_rested_on_it(shop: Door) -> None:
    lines = [line.split(",") for line in export("B").splitlines()]
    without = "\n".join(
        ",".join(cell for at, cell in enumerate(line) if at != HEADINGS.split(",").index("SKU")) for line in lines
    )
    offered = await first(shop, without)
    assert open_keys(offered)[0] == "remembered"
    assert "products (the column sku is gone)" in offered["decisions"][0]["about"]
