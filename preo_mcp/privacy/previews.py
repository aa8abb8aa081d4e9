"""An e-mail as a customer would get it, without the customer: their name stands anywhere in the text."""

from preo_mcp.models.email_messages import EmailPreview
from preo_mcp.models.users import User
from preo_mcp.operations import GET_USER
from preo_mcp.preo import Preo
from preo_mcp.privacy.free_text import without_names
from preo_mcp.privacy.people import names_in


async def without_customer(preo: Preo, preview: EmailPreview, customer_id: str) -> EmailPreview:
    """Return `preview` with the customer's name as initials; their address and number are masked with every result's.

    Raises:
        PreoError: the customer cannot be looked up, so that their name cannot be told from other words.
    """
    customer = await preo.call(GET_USER, User, id=customer_id)
    names = names_in(customer.model_dump(mode="json"))
    parts = {part: getattr(preview, part) for part in ("subject", "text", "html")}
    return preview.model_copy(
        update={part: without_names(text, names) for part, text in parts.items() if text is not None}
    )
