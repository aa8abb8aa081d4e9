"""Icons: small, whole in themselves, and on what a host lists."""

from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest
from mcp.types import Icon

from preo_mcp.text.icons import ASKS, BUBBLE, PAGE, TICKET
from tests.tokenizer import tokens

LARGEST = 100


@pytest.mark.parametrize("one", [TICKET, ASKS, PAGE, BUBBLE])
def test_an_icon_is_a_small_svg_at_an_address_of_its_own(one: Icon) -> None:
    assert one.src.isascii()
    assert not set('<> "#') & set(one.src)
    assert urlsplit(one.src).scheme == "data"
    kind, _, svg = one.src.removeprefix("data:").partition(",")
    assert kind == "image/svg+xml"
    [path] = ElementTree.fromstring(unquote(svg))
    assert path.get("d")
    assert tokens(one.model_dump_json(exclude_none=True)) <= LARGEST
