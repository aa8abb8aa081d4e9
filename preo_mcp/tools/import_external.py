"""Orders of another system, straight into an edition without a file."""

from typing import Annotated

from pydantic import Field

from preo_mcp.models.external_orders import ExternalOrder, ExternalOrdersResult, ImportExternalOrdersRequest
from preo_mcp.operations import IMPORT_EXTERNAL_ORDERS
from preo_mcp.preo import Preo
from preo_mcp.tool import tool
from preo_mcp.tools.arguments import EditionId
from preo_mcp.tools.import_facts import facts_of_external_orders
from preo_mcp.tools.import_read_back import EXTERNAL_ORDERS_READ_BACK

Orders = Annotated[list[ExternalOrder], Field(min_length=1, description="Prices per unit in the edition's currency.")]


@tool(IMPORT_EXTERNAL_ORDERS, facts=facts_of_external_orders, read_back=EXTERNAL_ORDERS_READ_BACK)
async def import_external_orders(preo: Preo, edition_id: EditionId, orders: Orders) -> ExternalOrdersResult:
    """Queue a few orders of another system for an edition, given one by one; a person is asked first.

    Orders whose order_id is known already are skipped and reported. For a file use prepare_import. Needs the role
    manager or admin.
    """
    request = ImportExternalOrdersRequest(edition_id=edition_id, orders=orders)
    return await preo.call(IMPORT_EXTERNAL_ORDERS, ExternalOrdersResult, body=request)
