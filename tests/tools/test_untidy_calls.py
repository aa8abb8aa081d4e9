"""Calls as clients and models make them: the guard, the audit and the person get the one that is meant."""

from tests.door import YES, Door, Person
from tests.tools.conftest import OpenServer, in_both_eras


@in_both_eras
async def test_a_call_with_nulls_and_slips_is_the_one_that_was_asked_about(open_server: OpenServer) -> None:
    plain = {"user_id": "usr_soeren", "first_name": "S", "clear": ["phone_number"]}
    untidy = {"id": "usr_soeren", "firstName": "S", "email": None, "locale": None, "clear": "phoneNumber"}
    async with open_server() as door:
        assert await door.waiting("update_user", **plain) == await door.waiting("update_user", **untidy)


@in_both_eras
async def test_what_is_cleared_is_shown_and_sent_as_null(door: Door, person: Person) -> None:
    changed = await door.done("update_user", id="usr_soeren", clear=["phone_number"])
    assert "phone_number" not in changed
    assert "Phone: “+4520134567” → none" in person.questions[0].splitlines()


async def test_masked_text_is_found_inside_json_too(open_server: OpenServer) -> None:
    async with open_server(Person(YES), privacy="mask") as door:
        text = await door.refused("list_orders", ordering='["\\u2022\\u2022\\u2022"]')
        assert "masked text" in text
