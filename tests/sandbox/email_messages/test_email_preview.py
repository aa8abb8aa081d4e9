"""Previews: for a sample and for customers, as text and as HTML that carries no one's markup."""

import json
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from preo_mcp.api.models.email_messages import EmailType
from preo_mcp.sandbox.customers import save_customer
from preo_mcp.sandbox.store import Doc, Store
from tests.sandbox.email_messages.email_blocks import NORDLYS, PAST, RUNNING, UPCOMING, body

PATH = "/v1/email-messages"
OWN, PLATFORM = "eml_n27_receipt", "eml_platform_receipt"
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'


class Page(HTMLParser):
    """The tags, attributes and visible text of a document."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def of(self, name: str) -> list[str]:
        return [value for key, value in self.attributes if key == name]


async def previewed(client: httpx.AsyncClient, key: str, **sent: Any) -> Doc:
    answer = await client.post(f"{PATH}/{key}/preview", json=sent)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def made(client: httpx.AsyncClient, **fields: Any) -> str:
    answer = await client.post(PATH, json=body(**fields))
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def test_every_seeded_message_is_sound(admin: httpx.AsyncClient) -> None:
    messages = (await admin.get(PATH)).json()["results"]
    assert len(messages) > 10
    for message in messages:
        preview = await previewed(admin, message["id"])
        assert (preview["undefined_variables"], preview["problems"]) == ([], []), message["id"]
        assert preview["subject"]
        assert "{{" not in preview["text"] + preview["html"]
        assert "customer" in preview["sampled"]


async def test_a_customers_newest_order(staff: httpx.AsyncClient, store: Store) -> None:
    preview = await previewed(staff, OWN, customer_id="usr_soeren")
    row = store.db.execute(
        "SELECT doc FROM orders WHERE customer_id = 'usr_soeren' AND edition_id = ? ORDER BY created DESC", (UPCOMING,)
    ).fetchone()
    order = json.loads(row[0])
    assert preview["sampled"] == []
    assert preview["subject"] == f"Tak – din ordre {order['order_number']}"
    for form in ("text", "html"):
        assert "Hej Søren." in preview[form]
        assert f"{order['amount'] // 100}.00 DKK" in preview[form]
        assert "I alt" in preview[form]


async def test_without_an_order_a_sample_is_named(manager: httpx.AsyncClient, store: Store) -> None:
    store.db.execute("DELETE FROM orders WHERE customer_id = 'usr_soeren'")
    assert (await previewed(manager, OWN, customer_id="usr_soeren"))["sampled"] == ["order"]
    assert (await previewed(manager, OWN))["sampled"] == ["customer", "order"]


async def test_which_edition_a_template_is_about(admin: httpx.AsyncClient) -> None:
    assert "Sample Festival" in (await previewed(admin, PLATFORM))["text"]
    assert "Hamburg" in (await previewed(admin, PLATFORM, customer_id="usr_juergen"))["text"]
    assert "Aarhus" in (await previewed(admin, "eml_nordlys_receipt", edition_id=RUNNING))["text"]
    assert "Aalborg" in (await previewed(admin, "eml_nordlys_receipt"))["text"]


@pytest.mark.parametrize(
    ("key", "sent", "field"),
    [
        (OWN, {"customer_id": "usr_juergen"}, "customer_id"),
        (OWN, {"customer_id": "usr_none"}, "customer_id"),
        (OWN, {"edition_id": RUNNING}, "edition_id"),
        ("eml_nordlys_receipt", {"edition_id": PAST}, "edition_id"),
        (PLATFORM, {"edition_id": PAST}, "edition_id"),
        (PLATFORM, {"customer_id": "usr_juergen"}, "customer_id"),
    ],
)
async def test_refused(manager: httpx.AsyncClient, key: str, sent: Doc, field: str) -> None:
    answer = await manager.post(f"{PATH}/{key}/preview", json=sent)
    assert (answer.status_code, list(answer.json())) == (400, [field])


async def test_html_shows_the_blocks_and_escapes_all_text(manager: httpx.AsyncClient, store: Store) -> None:
    customer = store.doc("customers", "usr_soeren")
    assert customer
    save_customer(store, {**customer, "first_name": HOSTILE})
    key = await made(manager, edition_id=UPCOMING, subject="{{ customer.first_name }}")
    preview = await previewed(manager, key, customer_id="usr_soeren")
    page = Page(preview["html"])
    assert {"script", "iframe", "form", "b", "style", "link"}.isdisjoint(page.tags)
    assert page.tags.count("img") == 1
    assert not any(name.startswith("on") for name, _ in page.attributes)
    words = "".join(page.words)
    assert f"Hej {HOSTILE}" in words
    assert "Nyt afsnit & <b>ikke fed</b>" in words
    assert page.of("alt") == ['Logo "Nordlys"']
    [link] = page.of("href")
    assert link.startswith("https://tickets.example/orders/ord_")
    assert "<" not in link
    assert page.of("lang") == ["da"]
    assert page.of("src") == [(await manager.get("/v1/files/fil_nordlyslogo")).json()["file_url"]]
    assert preview["subject"] == HOSTILE
    assert f"Hej {HOSTILE}\n====" in preview["text"]
    assert '[Logo "Nordlys"]' in preview["text"]


async def test_what_is_undefined_and_what_fails_is_named_with_its_place(manager: httpx.AsyncClient) -> None:
    blocks = [
        {"type": "text", "text": "{{ customer.frist_name }}"},
        {"type": "text", "text": "ok\n{{ 1 | divided_by: 0 }}"},
        {"type": "button", "text": "Go", "url": "java{{ nothing }}script:alert(1)"},
        {"type": "order_summary"},
        {"type": "text", "text": "the end"},
    ]
    key = await made(manager, type="campaign", subject="{{ order.number }}", blocks=blocks)
    preview = await previewed(manager, key)
    undefined = [(one["name"], one["block"], one["field"], one["line"]) for one in preview["undefined_variables"]]
    assert undefined == [
        ("order", None, "subject", 1),
        ("customer.frist_name", 1, "text", 1),
        ("nothing", 3, "url", 1),
    ]
    problems = [(one["block"], one["field"], one["line"]) for one in preview["problems"]]
    assert problems == [(2, "text", 2), (3, "url", None), (4, "type", None)]
    assert "the end" in preview["text"]
    assert "script:" not in preview["html"]
    [unsubscribe] = Page(preview["html"]).of("href")
    assert unsubscribe == "https://tickets.example/unsubscribe/usr_sample"
    assert unsubscribe in preview["text"]


async def test_a_file_that_is_gone(manager: httpx.AsyncClient) -> None:
    key = await made(manager, blocks=[{"type": "image", "file_id": "fil_nordlyslogo"}])
    logo = (await manager.get("/v1/files/fil_nordlyslogo")).json()
    assert [use["id"] for use in logo["usages"]] == [key]
    assert (await manager.delete("/v1/files/fil_nordlyslogo?force=true")).status_code == 204
    preview = await previewed(manager, key)
    assert [(one["block"], one["message"]) for one in preview["problems"]] == [(1, "The file is gone.")]


@pytest.mark.parametrize("kind", EmailType)
async def test_variables_are_those_that_previews_know(manager: httpx.AsyncClient, kind: EmailType) -> None:
    variables = (await manager.get(f"{PATH}/template-variables", params={"type": kind})).json()["variables"]
    assert all(one["description"] and kind in one["types"] for one in variables)
    names = [one["name"] for one in variables]
    assert ("order.total" in names) is (kind in {"receipt", "receipt_online", "reminder", "refund_confirmation"})
    assert ("unsubscribe_url" in names) is (kind == "campaign")
    blocks = [{"type": "text", "text": f"{{{{ {name} }}}}"} for name in names if name != "order.items"]
    key = await made(manager, type=kind, blocks=blocks)
    assert (await previewed(manager, key))["undefined_variables"] == []


async def test_all_variables_and_their_examples(manager: httpx.AsyncClient) -> None:
    variables = (await manager.get(f"{PATH}/template-variables")).json()["variables"]
    examples = {one["name"]: one["example"] for one in variables}
    assert all(examples.values())
    assert examples["order.items"] == "2 × Festival pass, 1 × Camping, 1 × Cup"
    assert examples["order.total"] == "3455.00 DKK"
    assert (await manager.get(f"{PATH}/template-variables?type=spam")).status_code == 400
    assert NORDLYS not in json.dumps(variables)
