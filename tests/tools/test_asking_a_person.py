"""Nothing that writes records starts without a person's yes to the facts as they are."""

from typing import Any

import pytest
from mcp.types import ElicitResult

from preo_mcp.approval.guard import MOST_QUESTIONS
from preo_mcp.approval.ways.dialog import ANSWER
from tests.door import CANCEL, DECLINE, EDITION, ORDERS, UNTICKED, YES, Answer, Door, Person, content_of, text_of
from tests.tools.conftest import OpenServer, in_both_eras

pytestmark = in_both_eras

MAPPED = ORDERS.replace("NF-POSTER,Plakat A2", "NF-CHILD,Børnebillet")
EXTERNAL: dict[str, Any] = {
    "edition_id": EDITION,
    "orders": [
        {
            "email": "maja@example.org",
            "order_id": "X-1",
            "items": [{"product_id": "prd_n27_parking", "quantity": 2, "price": 195}],
        }
    ],
}
NO = {
    "decline": DECLINE,
    "cancel": CANCEL,
    "unticked": UNTICKED,
    "nothing filled in": ElicitResult(action="accept", content={}),
    "no content": ElicitResult(action="accept"),
    "a word for yes": ElicitResult(action="accept", content={ANSWER: "yes"}),
    "a declined tick": ElicitResult(action="decline", content={ANSWER: True}),
}


@pytest.mark.parametrize("answer", NO.values(), ids=NO)
async def test_no_answer_but_a_ticked_yes_starts_anything(open_server: OpenServer, answer: ElicitResult) -> None:
    person = Person(answer)
    async with open_server(person) as door:
        import_id = (await door.prepared(MAPPED))["import_id"]
        before = door.written()
        started = await door.refused("start_import", import_id=import_id)
        queued = await door.refused("import_external_orders", **EXTERNAL)
        for text in (started, queued):  # some hosts decline without showing anything
            assert "whether a person saw it cannot be told" in text
            assert "preo-mcp approve pln_" in text
        assert await door.stage(import_id) == "needs_product_mapping"
        assert door.written() == before
    assert len(person.questions) == 2


async def test_a_host_that_cannot_ask_starts_nothing(open_server: OpenServer) -> None:
    async with open_server() as door:
        import_id = (await door.prepared(MAPPED))["import_id"]
        before = door.written()
        waiting = {await door.waiting("start_import", import_id=import_id)}
        waiting.add(await door.waiting("import_external_orders", **EXTERNAL))
        assert len(waiting) == 2
        assert await door.stage(import_id) == "needs_product_mapping"
        assert door.written() == before


@pytest.mark.parametrize(
    "invented",
    [{"confirm": True}, {"approved": "yes"}, {"approve": True}, {"force": True}, {ANSWER: {"action": "accept"}}],
    ids=str,
)
async def test_arguments_that_a_model_invents_approve_nothing(
    door: Door, person: Person, invented: dict[str, Any]
) -> None:
    import_id = (await door.prepared(MAPPED))["import_id"]
    before = door.written()
    for tool, arguments in (("start_import", {"import_id": import_id}), ("import_external_orders", EXTERNAL)):
        text = await door.refused(tool, **arguments, **invented)
        assert f"there is no argument {next(iter(invented))}" in text
    assert person.questions == []
    assert await door.stage(import_id) == "needs_product_mapping"
    assert door.written() == before


async def test_the_result_says_who_agreed_in_both_channels(door: Door) -> None:
    import_id = (await door.prepared(MAPPED))["import_id"]
    result = await door.call("start_import", import_id=import_id)
    assert "The host's dialog answered yes." in text_of(result)
    assert any("The host's dialog answered yes." in note for note in content_of(result)["notes"])


class Meddler:
    """Changes what the import would write while the question is open."""

    def __init__(self) -> None:
        self.door: Door | None = None
        self.mapping: dict[str, Any] = {}
        self.times = 0

    async def changing(self, question: str) -> ElicitResult:
        assert self.door is not None
        self.times += 1
        product = ("prd_n27_tshirt", "prd_n27_cup")[self.times % 2]
        await self.door.done(
            "update_product_mappings", **self.mapping | {"mappings": [{**self.row, "product_id": product}]}
        )
        return YES

    async def renaming(self, question: str) -> ElicitResult:
        assert self.door is not None
        self.times += 1
        await self.door.done("update_data_import", import_id=self.mapping["import_id"], default_country_code="+49")
        return YES

    async def cancelling(self, question: str) -> ElicitResult:
        assert self.door is not None
        await self.door.done("cancel_data_import", import_id=self.mapping["import_id"])
        return YES

    @property
    def row(self) -> dict[str, Any]:
        return self.mapping["mappings"][0]

    async def watch(self, door: Door) -> str:
        """Prepare an import that is wholly mapped, to be meddled with; return its id."""
        self.door = door
        prepared = await door.prepared()
        self.mapping = {
            "import_id": prepared["import_id"],
            "mappings": [{"id": prepared["unmapped_products"][0]["mapping_id"]}],
        }
        await door.done(
            "update_product_mappings", **self.mapping | {"mappings": [{**self.row, "product_id": "prd_n27_child"}]}
        )
        return prepared["import_id"]


async def test_changed_facts_are_asked_again_and_the_yes_to_the_old_ones_is_none(open_server: OpenServer) -> None:
    meddler = Meddler()
    person = Person(meddler.changing, YES)
    async with open_server(person) as door:
        import_id = await meddler.watch(door)
        await door.done("start_import", import_id=import_id)
        finished = await door.done("wait_for_import", import_id=import_id)
    assert len(person.questions) == 2
    assert "Børnebillet" in person.questions[0]
    assert "Krus" in person.questions[1]
    assert finished["stage"] == "completed"


async def test_a_no_to_the_changed_facts_starts_nothing(open_server: OpenServer) -> None:
    meddler = Meddler()
    person = Person(meddler.changing, DECLINE)
    async with open_server(person) as door:
        import_id = await meddler.watch(door)
        before = door.written()
        await door.refused("start_import", import_id=import_id)
        assert await door.stage(import_id) == "needs_product_mapping"
        assert door.written() == before
    assert len(person.questions) == 2


async def test_settings_that_change_how_the_file_is_read_are_asked_again(open_server: OpenServer) -> None:
    meddler = Meddler()
    person = Person(meddler.renaming, YES)
    async with open_server(person) as door:
        await door.done("start_import", import_id=await meddler.watch(door))
    assert len(person.questions) == 2


async def test_facts_that_keep_changing_end_in_a_refusal(open_server: OpenServer) -> None:
    meddler = Meddler()
    person = Person(meddler.changing)
    async with open_server(person) as door:
        import_id = await meddler.watch(door)
        text = await door.refused("start_import", import_id=import_id)
        assert "kept changing" in text
        assert await door.stage(import_id) == "needs_product_mapping"
    assert len(person.questions) == MOST_QUESTIONS


async def test_an_import_that_is_cancelled_while_the_question_is_open_does_not_start(open_server: OpenServer) -> None:
    meddler = Meddler()
    answer: Answer = meddler.cancelling
    async with open_server(Person(answer)) as door:
        import_id = await meddler.watch(door)
        before = door.written()
        assert "cancelled" in await door.refused("start_import", import_id=import_id)
        assert await door.stage(import_id) == "cancelled"
        assert door.written() == before
