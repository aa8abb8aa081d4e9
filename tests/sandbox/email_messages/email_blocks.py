"""Bodies of messages for tests."""

from typing import Any

NORDLYS, ELBKLANG = "org_nordlys", "org_elbklang"
RUNNING, UPCOMING, PAST = "edt_nordlys26", "edt_nordlys27", "edt_elbklang25"

BLOCKS: list[dict[str, Any]] = [
    {"type": "heading", "text": "Hej {{ customer.first_name }}"},
    {"type": "text", "text": "Første linje\nanden linje\n\nNyt afsnit & <b>ikke fed</b>"},
    {"type": "image", "file_id": "fil_nordlyslogo", "alt": 'Logo "Nordlys"'},
    {"type": "divider"},
    {"type": "order_summary"},
    {"type": "button", "text": "Se ordren", "url": "{{ order.url }}?navn={{ customer.first_name }}"},
]


def body(**fields: Any) -> dict[str, Any]:
    """Return the body of a receipt of the organization Nordlys, with other or further `fields`."""
    return {"organization_id": NORDLYS, "title": "Kvittering", "type": "receipt", "blocks": BLOCKS, **fields}
