"""The sandbox keeps what its OpenAPI document says, for whatever operations are mounted.

Schemathesis makes requests from the document, sound ones and broken ones; ids and other values that have to exist come
from the sandbox's own rows, by the name of the field.
"""

import json
import sqlite3
from base64 import b64encode
from collections import Counter
from contextlib import closing
from functools import cache
from importlib import import_module
from typing import Any, cast

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig

from preo_mcp.api.models.editions import CountryCode, Language, TaxType
from preo_mcp.sandbox.app import ENDPOINTS
from preo_mcp.sandbox.in_process import SANDBOX_URL
from preo_mcp.sandbox.openapi import describe
from preo_mcp.sandbox.seed import ADMIN_TOKEN, MANAGER_TOKEN, STAFF_TOKEN
from tests.sandbox.contract_sandbox import ContractSandbox, opened_copy, prepared
from tests.sandbox.data_imports.importing_steps import SHOP

EXAMPLES = 20
"""Requests per operation and round."""
ROUNDS = 8
"""How many rounds an operation has to succeed once, two at least; all but the first send what should succeed."""
ROWS = 60
"""Ids that are drawn from per table."""

CHECKS = [
    import_module("schemathesis.checks").not_a_server_error,
    *(
        getattr(import_module("schemathesis.specs.openapi.checks"), f"{name}_conformance")
        for name in ("status_code", "content_type", "response_headers", "response_schema")
    ),
]
"""Taken by name, because their types are known in part only; so are those of schemathesis' operations and cases."""
TOKENS = [ADMIN_TOKEN, ADMIN_TOKEN, ADMIN_TOKEN, MANAGER_TOKEN, STAFF_TOKEN, "unknown"]

Values = dict[str, list[Any]]

FIXED: Values = {
    "timezone": ["Europe/Copenhagen"],
    "default_country_code": list(CountryCode),
    "default_language": ["en"],
    "enabled_languages": [["en"], ["da", "en"]],
    "tax_type": list(TaxType),
    "locale": list(Language),
    "start_date": ["2027-06-01T10:00:00Z"],
    "end_date": ["2027-06-04T20:00:00Z"],
    "file_base64": [b64encode(b"content").decode()],
    "file": [b"content"],
    "file_name": ["a.txt"],
    "tags": [["a"]],
    "data_file_base64": [b64encode(SHOP.encode()).decode()],
    "data_file_name": ["orders.csv"],
    "email": ["anna@example.com"],
    "phone_number": ["+4520123456"],
    "event_id": ["evt_nordlys", "evt_elbklang"],
    "edition_id": ["edt_nordlys27", "edt_nordlys26", "edt_elbklang25"],
    "scheduled_at": ["2027-01-11T09:00:00Z"],
    "sms_body": ["Hej {{ customer.first_name }}"],
    "product_id": ["prd_n27_parking", "prd_n27_child"],
    "variant_id": [None],
    "option_ids": [[]],
    "price": [195.0],
    "scope": [None],
    "amount": [None],
    "pickup_point_id": [None],
    "transaction_receipt_email_id": [None],
    "refund_confirmation_email_id": [None],
    "title": ["Hilsen"],
    "subject": ["Hej {{ customer.first_name }}"],
    "template": ["modern"],
    "blocks": [[], [{"type": "text", "text": "Hej"}, {"type": "divider"}]],
    "url": ["https://hooks.example/preo"],
    "condition": ["user.country == 'DK'", "size(user.orders) > 1"],
    "expression": ["user.country == 'DK'", "user.contry"],
    "events": [["ORDER_COMPLETED"], ["REFUND_FAILED", "CAMPAIGN_SENT"]],
}
"""Values that do, of fields that are checked for more than the document can say."""
TABLES = {"users": "customers", "user": "customers", "meta_image": "files", "delivery": "webhook_deliveries"}
"""Tables whose name is not that of the part of a path or the field that names their rows."""

Operation = Any
Request = tuple[Any, str]
"""What is sent, and the token it is sent with."""


@cache
def operations() -> dict[str, Operation]:
    """Return what is mounted, as schemathesis reads it from the document."""
    generation = GenerationConfig(deterministic=True, with_security_parameters=False)
    config = SchemathesisConfig(projects=ProjectsConfig(default=ProjectConfig(generation=generation)))
    document = json.loads(json.dumps(describe(ENDPOINTS)))
    schema: Any = schemathesis.openapi.from_dict(document, config=config)
    return {found.label: found for found in (result.ok() for result in schema.get_all_operations())}


LABELS = [f"{endpoint.operation.method} {endpoint.operation.path}" for endpoint in ENDPOINTS]


@cache
def ids() -> Values:
    """Return ids of existing rows by table."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(prepared().database)
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        found: Values = {}
        for table in tables:
            columns = {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
            if "id" in columns:
                found[table] = [key for (key,) in db.execute(f"SELECT id FROM {table} ORDER BY id LIMIT {ROWS}")]
        return found


def values_of(name: str, root: str) -> list[Any] | None:
    """Return values that a field can have, or None where the document says enough; `root` is the path's first part."""
    if name in FIXED:
        return FIXED[name]
    if name == "id":
        return [*ids()["column_mappings"], *ids()["product_mappings"]]
    stem = root if name == root else name.removesuffix("_id")
    table = TABLES.get(stem, stem if name == root else f"{stem}s")
    return ids().get(table.replace("-", "_")) or None if name == root or name.endswith("_id") else None


@st.composite
def requests_to(draw: st.DrawFn, operation: Operation, *, sound: bool) -> Request:
    """A request: sound as far as the document tells, or broken somewhere; with values that exist in most places."""
    broken = not sound and draw(st.integers(0, 3)) == 0 and bool(operation.body or operation.query)
    mode = GenerationMode.NEGATIVE if broken else GenerationMode.POSITIVE
    case = draw(operation.as_strategy(generation_mode=mode))
    faithful = sound or draw(st.booleans())
    root = operation.path.split("/")[2]

    def chosen(name: str, value: Any) -> Any:
        values = values_of(name, root)
        use = values is not None and (faithful or draw(st.booleans()))
        return draw(st.sampled_from(values)) if values and use else known(value)

    def known(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: chosen(name, item) for name, item in cast("dict[str, Any]", value).items()}
        if isinstance(value, list):
            return [known(item) for item in cast("list[Any]", value)]
        return value

    if case.path_parameters:
        case.path_parameters = {
            name: chosen(root if name == "id" else name, value) for name, value in case.path_parameters.items()
        }
    if case.query:
        case.query = known(case.query)
    case.body = known(case.body)
    return case, ADMIN_TOKEN if sound else draw(st.sampled_from(TOKENS))


@pytest.mark.parametrize("label", LABELS)
def test_operation(label: str) -> None:
    statuses = Counter[int]()
    with opened_copy() as sandbox:
        for number in range(ROUNDS):
            statuses += answered(sandbox, operations()[label], number)
            if number and any(200 <= status < 300 for status in statuses):
                return
    pytest.fail(f"never succeeded: {dict(statuses)}")


def answered(sandbox: ContractSandbox, operation: Operation, number: int) -> Counter[int]:
    """Hold the answers of one round to the document; return how many there were of each status."""
    statuses = Counter[int]()

    @seed(number)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
    @given(requests_to(operation, sound=number > 0))
    def answers_as_documented(request: Request) -> None:
        case, token = request
        sent = requests.Request(**case.as_transport_kwargs(base_url=SANDBOX_URL)).prepare()
        headers = {**sent.headers, "Authorization": f"Bearer {token}"}
        answer = sandbox.request(case.method, str(sent.url), headers=headers, content=sent.body or b"")
        statuses[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)

    answers_as_documented()
    return statuses


def test_document_is_the_one_that_is_served() -> None:
    with opened_copy() as sandbox:
        served = sandbox.request("GET", "/v1/openapi.json").json()
    assert served == json.loads(json.dumps(describe(ENDPOINTS)))
    assert sorted(operations()) == sorted(LABELS)


def test_bodies_and_statuses_are_those_of_each_operation() -> None:
    paths = describe(ENDPOINTS)["paths"]
    assert paths["/v1/files"]["post"]["requestBody"]["content"].keys() == {"application/json", "multipart/form-data"}
    assert "content" not in paths["/v1/files/{id}"]["delete"]["responses"]["204"]
    statuses = {
        ("/v1/auth/user-info", "get"): {"200", "401"},
        ("/v1/editions/{id}", "get"): {"200", "401", "404"},
        ("/v1/editions", "get"): {"200", "400", "401", "404"},
        ("/v1/files/{id}", "delete"): {"204", "400", "401", "403", "404"},
        ("/v1/files", "post"): {"201", "400", "401", "403", "404", "413", "415"},
    }
    assert {key: set(paths[key[0]][key[1]]["responses"]) for key in statuses} == statuses


def test_answers_must_be_whole() -> None:
    schemas = describe(ENDPOINTS)["components"]["schemas"]
    assert {"api_id", "file_url", "usages", "tags"} <= set(schemas["FileDetail"]["required"])
    assert set(schemas["FilesPage"]["required"]) == {"count", "next", "previous", "results", "available_tags"}
