"""How a file is read is remembered too: headings, sheet, what columns mean, a currency that nobody tells."""

import base64
import io
from pathlib import Path

from tests.door import EDITION, YES, Person, open_door
from tests.tools.conftest import OpenServer
from tests.tools.workflows.bare_api import bare_client
from tests.tools.workflows.monthly_exports import AS_THEN, SETTLE, TAKE, export, first, open_keys, then, told
from tests.tools.workflows.other_edition import completed, make_edition


async def test_where_the_headings_stand(tmp_path: Path, open_server: OpenServer) -> None:
    make_edition(tmp_path / "sandbox")

    def below(month: str) -> str:
        rows = [line.split(",") for line in export(month).splitlines()]
        return "\n".join(("Mail,Buyer,Number,When,What,Which,How many,Each,How,In", *map(",".join, rows)))

    async with open_server(Person(YES)) as door:
        prepared = await first(door, below("A"), "header_line: 2", *SETTLE)
        assert prepared["announced"] == AS_THEN
        await completed(door, prepared)
        offered = await first(door, below("B"))
        assert open_keys(offered) == ["remembered"]
        assert "header_line: 2" in offered["decisions"][0]["about"]
        taken = await then(door, offered, TAKE)
        assert taken["announced"] == AS_THEN
        await completed(door, taken)


async def test_what_a_column_means(tmp_path: Path, open_server: OpenServer) -> None:
    make_edition(tmp_path / "sandbox")

    def noted(month: str, heading: str = "Gate") -> str:
        head, *rows = export(month).splitlines()
        return "\n".join((f"{head},{heading}", *(f"{row},{'NESW'[at % 4]}" for at, row in enumerate(rows))))

    async with open_server(Person(YES)) as door:
        await completed(door, await first(door, noted("A"), *SETTLE, "columns.Gate: purchase_metadata"))
        offered = await first(door, noted("B"))
        assert "columns.Gate: purchase_metadata" in offered["decisions"][0]["about"]
        used = next(one for one in offered["columns"] if one["column"] == "Gate")
        assert "metadata" in used["column_type"]
        await completed(door, await then(door, offered, TAKE))
        without = await first(door, noted("C", "Door"), TAKE)
        assert not without["decisions"], "a column that is not there is not told what it means"
        assert without["announced"] == AS_THEN


async def test_the_sheet_of_a_workbook(tmp_path: Path, open_server: OpenServer) -> None:
    from openpyxl import Workbook

    make_edition(tmp_path / "sandbox")

    def book(month: str, *names: str) -> str:
        made = Workbook(write_only=True)
        for at, name in enumerate(names):
            sheet = made.create_sheet(name)
            for line in export(f"{month}{at}").splitlines():
                sheet.append(line.split(","))
        out = io.BytesIO()
        made.save(out)
        return base64.b64encode(out.getvalue()).decode()

    async with open_server(Person(YES)) as door:

        async def given(month: str, *names: str, settle: tuple[str, ...] = ()) -> dict[str, object]:
            return await door.done(
                "prepare_import",
                edition_id=EDITION,
                file_base64=book(month, *names),
                file_name="book.xlsx",
                settle=list(settle),
            )

        await completed(door, await given("A", "Web", "Till", settle=("sheet: Till", *SETTLE)))
        taken = await given("B", "Web", "Till", settle=(TAKE,))
        assert not taken["decisions"]
        assert told(taken, "sheet")["chosen"] == "Till"
        again = await given("C", "Web", "Till", "App", settle=(TAKE,))
        assert open_keys(again) == ["sheet"]
        assert "sheet (new: App)" in told(again, "remembered")["about"]
        gone = await given("D", "Web", "App", settle=(TAKE,))
        assert "sheet" in open_keys(gone)


async def test_the_currency_that_preo_does_not_tell(tmp_path: Path) -> None:
    make_edition(tmp_path)
    async with open_door(tmp_path, "auto", Person(YES), client=bare_client) as door:
        settle = ("edition_currency: EUR", "states: leave_out", "currency: leave_out", "products.XC: prd_camp")
        prepared = await first(door, export("A"), *settle, "products.DAY: prd_day", "products.POSTER: skip")
        assert not prepared["decisions"]
        await completed(door, prepared)
        offered = await first(door, export("B"))
        assert open_keys(offered) == ["remembered"]
        assert "edition_currency: EUR" in offered["decisions"][0]["about"]
        taken = await then(door, offered, TAKE)
        assert taken["announced"] == AS_THEN
