"""A change of a running import is asked; of any other it is not."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp.server.mcpserver import Context
from pydantic import MISSING

from preo_mcp.guardrails.facts import Facts
from preo_mcp.guardrails.read_back import DidNotHappen, Unknown
from preo_mcp.models.data_imports import ProductMappingChange, Stage
from preo_mcp.preo import Preo
from preo_mcp.replies.listing import Listing
from preo_mcp.tools.product_mapping_read_back import MAPPINGS_READ_BACK
from preo_mcp.tools.running_import_facts import facts_of_product_mappings, facts_of_settings
from tests.door import open_door

MUG = {"id": "pmp_1", "product_sku": "KRUS", "product_name": "Krus: blå", "product": {"api_id": "prd_1"}}
BAG = {"id": "pmp_2", "product_sku": "POSE", "product_name": None, "product": None}
NAMES = [{"id": "prd_1", "name": "Krus"}, {"id": "prd_2", "name": "Plakat A2", "variants": [{"id": "var_1"}]}]


class Scripted:
    """As much of the API as an import needs."""

    def __init__(self, stage: Stage) -> None:
        edition = {"id": "edt_1", "full_name": "Nordlys"}
        self.data_import = {"id": "imp_1", "stage": stage, "name": "August", "edition": edition}
        self.data_import["organization"] = {"id": "org_1", "name": "Nordlys ApS"}
        self.data_import["default_country_code"] = "+45"
        self.mappings: list[dict[str, Any]] = [MUG, BAG]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith("/product-mappings"):
            page = {"count": 2, "next": None, "previous": None, "results": self.mappings}
            return httpx.Response(200, json=page)
        if "cel" in path:
            return httpx.Response(200, json={"dynamic_values": {"products": NAMES}})
        return httpx.Response(200, json=self.data_import)


WISHES = [
    ProductMappingChange(id="pmp_1", product_id=None),
    ProductMappingChange(id="pmp_2", product_id="prd_2", variant_id="var_1"),
]


@pytest.mark.parametrize("stage", [Stage.IMPORTING, Stage.NEEDS_PRODUCT_MAPPING])
async def test_what_changes_while_it_runs(tmp_path: Path, stage: Stage) -> None:
    async with open_door(tmp_path, "auto", api=Scripted(stage)) as door:
        preo = Preo(door.backend, Context())
        mappings = await facts_of_product_mappings(preo, "imp_1", WISHES)
        settings = await facts_of_settings(preo, "imp_1", "Juli", "+46")
        assert await facts_of_settings(preo, "imp_1", "Juli", MISSING) is None
        assert await facts_of_settings(preo, "imp_1", "Juli", "+45") is None
    if stage is not Stage.IMPORTING:
        assert mappings is settings is None
        return
    assert isinstance(mappings, Facts)
    assert isinstance(settings, Facts)
    products = [value for label, value in mappings.told() if label == "Product"]
    assert products == [
        "KRUS “Krus: blå”: Krus (prd_1) → none",
        "POSE: none → “Plakat A2” (prd_2) / unnamed (var_1)",
    ]
    told = dict(settings.told())
    assert told["Country code of phone numbers (change)"] == "+45 → +46"
    assert told["Name (change)"] == "August → Juli"
    assert (mappings.stakes.organization_id, settings.stakes.edition_id) == ("org_1", "edt_1")


async def test_whether_a_change_of_products_happened(tmp_path: Path) -> None:
    api = Scripted(Stage.IMPORTING)
    async with open_door(tmp_path, "auto", api=api) as door:
        preo, call = Preo(door.backend, Context()), {"import_id": "imp_1", "mappings": WISHES}
        before = await MAPPINGS_READ_BACK.before(preo, **call)
        assert isinstance(await MAPPINGS_READ_BACK.after(preo, before, **call), DidNotHappen)
        api.mappings = [MUG | {"product": None}, BAG]
        assert isinstance(await MAPPINGS_READ_BACK.after(preo, before, **call), Unknown)
        variant = {"api_id": "var_1", "name": "A2"}
        api.mappings = [MUG | {"product": None}, BAG | {"product": {"api_id": "prd_2"}, "variant": variant}]
        found = await MAPPINGS_READ_BACK.after(preo, before, **call)
    assert isinstance(found, Listing)
    assert found.returned == 2
