"""A change of what an import's products stand for does not slip in between a yes and the start."""

from pathlib import Path
from typing import Any

import anyio

from preo_mcp.api.operations import LIST_PRODUCT_MAPPINGS
from tests.door import ORDERS, YES, Door, Person, client_of_door, open_door, text_of
from tests.past_the_guard import in_preo, rows

ROUNDS = 20
MAPPED = ORDERS.replace("NF-POSTER,Plakat A2", "NF-CHILD,Børnebillet")


async def _start(door: Door, import_id: str, told: list[str]) -> None:
    told.append(text_of(await door.call("start_import", import_id=import_id)))


async def _map(door: Door, import_id: str, changes: list[dict[str, Any]], turns: int) -> None:
    for _ in range(turns):
        await anyio.lowlevel.checkpoint()
    await door.call("update_product_mappings", import_id=import_id, mappings=changes)


async def test_no_other_products_than_were_shown_are_written(tmp_path: Path) -> None:
    person = Person(YES)
    async with (
        open_door(tmp_path, "auto", person, forget_layouts=True) as door,
        open_door(tmp_path, "legacy", client=client_of_door(door)) as beside,
    ):
        for number in range(ROUNDS):
            prepared = await door.prepared(MAPPED.replace("A-", f"R{number}-"))
            import_id = prepared["import_id"]
            page = await in_preo(door, LIST_PRODUCT_MAPPINGS, id=import_id)
            [drink] = [one["id"] for one in page["results"] if one["product_sku"] == "NF-DRINK"]
            told, before = list[str](), len(person.questions)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_start, door, import_id, told)
                tasks.start_soon(_map, beside, import_id, [{"id": drink, "product_id": "prd_n27_parking"}], 7 * number)
            last = person.questions[-1]
            assert len(person.questions) > before, told
            [(written,)] = rows(tmp_path, "SELECT product_id FROM product_mappings WHERE id = ?", drink)
            shown = "Parkering" if written == "prd_n27_parking" else "Drikkebillet"
            line = next(line for line in last.splitlines() if "NF-DRINK" in line)
            assert shown in line.partition("→")[2], (number, told)
