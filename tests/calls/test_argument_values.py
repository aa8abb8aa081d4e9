"""Which value is meant: lists, JSON in strings, numbers as texts, any case."""

from enum import StrEnum
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from preo_mcp.calls.argument_values import meant


class Order(StrEnum):
    NAME = "name"
    NAME_DESC = "-name"
    IN_PERSON = "in-person"


class Item(BaseModel):
    id: str


@pytest.mark.parametrize(
    ("value", "kind", "means"),
    [
        ("name", list[Order], ["name"]),
        ("Name, -NAME", list[Order], ["name", "-name"]),
        ('["name", "In Person"]', list[Order], ["name", "in-person"]),
        ("a, b", list[str], ["a, b"]),
        ("[draft]", list[str], ["[draft]"]),
        (7, list[str], ["7"]),
        ({"id": "1"}, list[Item], [{"id": "1"}]),
        ('{"id": "1"}', list[Item], [{"id": "1"}]),
        (['{"id": "1"}'], list[Item], [{"id": "1"}]),
        ('{"id": "1"}', Item, {"id": "1"}),
        ("NAME", Order, "name"),
        ("-Name", Order, "-name"),
        (["in_person"], Order, "in-person"),
        (["name", "-name"], Order, ["name", "-name"]),
        ("nam", Order, "nam"),
        ("Email", Literal["email", "sms"], "email"),
        (20123456, str, "20123456"),
        (True, str, True),
        (1.5, str, 1.5),
        ('["a"]', str, '["a"]'),
        ('{"a": 1}', str, '{"a": 1}'),
        (["5"], int, "5"),
        ('{"seat": null}', dict[str, Any], {"seat": None}),
        ([{"key": "seat", "value": "12"}], dict[str, Any], {"seat": "12"}),
        ('[{"key": "seat", "value": 12}]', dict[str, Any], {"seat": 12}),
        ([{"name": "seat"}], dict[str, Any], [{"name": "seat"}]),
        ("seat 12", dict[str, Any], "seat 12"),
        ('{"seat":', dict[str, Any], '{"seat":'),
        ("x", None, "x"),
        (None, list[str], None),
    ],
    ids=str,
)
def test_the_value_that_is_meant(value: Any, kind: Any, means: Any) -> None:
    found = meant(value, kind)
    assert (found, type(found)) == (means, type(means))
