"""Comparing documents: Django's way of writing them, other prefixes, and documents that mean harm."""

import copy
import json
import re
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preo_mcp.api.errors import PreoError
from preo_mcp.commands.doctor.comparison import compare, matched
from preo_mcp.commands.doctor.contract import read_contract
from preo_mcp.commands.doctor.differences import Difference, Kind, Part
from preo_mcp.commands.doctor.report import corrections_of
from preo_mcp.commands.doctor.similarity import alikeness, pairs

Doc = dict[str, Any]


def differences(ours: Doc, theirs: Doc) -> list[Difference]:
    return compare(read_contract(ours), read_contract(theirs))


def outcome(ours: Doc, theirs: Doc) -> tuple[str, list[Difference]]:
    """Return why the documents were not compared, or the differences."""
    try:
        return "", differences(ours, theirs)
    except PreoError as exc:
        return str(exc), []


def told(found: list[Difference]) -> list[tuple[str, ...]]:
    return [(one.part.value, one.kind.value, one.place, one.ours, one.theirs) for one in found]


def test_the_sandboxs_own_document_shows_no_difference(document: Doc) -> None:
    assert differences(document, document) == []
    assert len(read_contract(document).operations) == 81


def as_django_writes(document: Doc) -> Doc:
    """The same API as drf-spectacular describes it: components, nullable, enums apart, other bodies beside JSON."""
    written = copy.deepcopy(document)
    components = written["components"]["schemas"]
    components |= {
        "BlankEnum": {"enum": [""]},
        "NullEnum": {"enum": [None]},
        "StatusEnum": {"enum": ["draft", "pending", "processing", "completed", "failed"], "type": "string"},
        "Base": {"type": "object", "properties": components["UserInfo"]["properties"]},
    }
    status = [{"$ref": f"#/components/schemas/{name}"} for name in ("StatusEnum", "BlankEnum", "NullEnum")]
    components["SegmentDetail"]["properties"]["status"] = {"nullable": True, "readOnly": True, "oneOf": status}
    components["UserInfo"] = {"allOf": [{"$ref": "#/components/schemas/Base"}], "required": ["id"]}
    decimal = {"type": "string", "format": "decimal", "pattern": r"^-?\d+\.\d\d$"}
    components["Order"]["properties"]["amount"] = components["OrderInList"]["properties"]["amount"] = decimal
    components["Order"]["properties"]["edition"] = {
        "allOf": [{"$ref": "#/components/schemas/Edition"}],
        "nullable": True,
    }
    components["NewSegment"] = written["paths"]["/v1/segments"]["post"]["requestBody"]["content"]["application/json"][
        "schema"
    ]
    body = {"schema": {"$ref": "#/components/schemas/NewSegment"}}
    written["paths"]["/v1/segments"]["post"]["requestBody"]["content"] = {
        "application/x-www-form-urlencoded": body,
        "multipart/form-data": body,
        "application/json": body,
    }
    return written


def test_djangos_way_of_writing_makes_no_difference_but_decimals(document: Doc) -> None:
    found = differences(document, as_django_writes(document))
    assert {one.place for one in found} == {"amount", "results[].amount"}
    assert {(one.ours, one.theirs, one.matters) for one in found} == {("number", "string (decimal)", False)}


@pytest.mark.parametrize("in_server", [True, False])
def test_another_prefix_is_found_without_any_titles(document: Doc, *, in_server: bool) -> None:
    moved = copy.deepcopy(document)
    for item in moved["paths"].values():
        for operation in item.values():
            del operation["summary"], operation["operationId"], operation["tags"]
    if in_server:
        moved["servers"] = [{"url": "https://api.preo.dev/api/"}]
    else:
        moved["paths"] = {f"/api{path}": item for path, item in moved["paths"].items()}
    found = differences(document, moved)
    assert {one.kind.value for one in found} == {"moved"}
    file, refused = corrections_of(found, "")
    assert (len(file.operations), refused) == (81, [])
    assert all(one.path == f"/api{key.partition(' ')[2]}" for key, one in file.operations.items())
    assert compare(read_contract(document), read_contract(moved, "/api")) == []


def test_an_api_without_a_version_is_found_too(document: Doc) -> None:
    paths = {path.removeprefix("/v1"): item for path, item in document["paths"].items()}
    found = differences(document, {**document, "paths": paths})
    assert {(one.kind.value, one.theirs == one.ours.removeprefix("/v1")) for one in found} == {("moved", True)}


def test_moved_operations_are_found_by_the_names_that_django_gives(document: Doc) -> None:
    """Without summaries, each path under another root: whoever is found is the right one."""
    paths: dict[str, Doc] = {}
    moved = {**document, "paths": paths}
    actions = {"get": "retrieve", "post": "create", "patch": "partial_update", "delete": "destroy"}
    for number, (path, item) in enumerate(document["paths"].items()):
        for method, operation in item.items():
            words = re.sub(r"\{\w+\}", "", path).replace("-", "_").split("/")
            name = "_".join([*filter(None, words), actions[method]])
            paths.setdefault(f"/{number % 7}{path}", {})[method] = {
                "operationId": name,
                "responses": operation["responses"],
            }
    found = matched(read_contract(document).operations, read_contract(moved).operations)
    assert len(found) > 40
    assert [(one.key, other.key) for one, other in found if not other.path.endswith(one.path)] == []


def test_approving_is_not_rejecting(document: Doc) -> None:
    changed = copy.deepcopy(document)
    approve, reject = "/v1/refunds/{id}/approve", "/v1/refunds/{id}/reject"
    changed["paths"]["/v1/refunds/{id}/refuse"] = changed["paths"].pop(reject)
    changed["paths"]["/v1/refunds/{id}/refuse"]["post"] |= {"summary": "Refuse refund request", "operationId": "refuse"}
    del changed["paths"][approve]
    kinds = {(one.operation, one.kind.value) for one in differences(document, changed)}
    assert kinds == {
        (f"POST {approve}", "missing"),
        (f"POST {reject}", "missing"),
        ("POST /v1/refunds/{id}/refuse", "new"),
    }


def test_other_parameters_and_methods_that_would_change_the_risk_are_told_and_not_corrected(document: Doc) -> None:
    changed = copy.deepcopy(document)
    paths = changed["paths"]
    paths["/v1/editions/{id}/field-choices"] = paths.pop("/v1/editions/field-choices")
    paths["/v1/campaigns/{id}/send"]["get"] = paths["/v1/campaigns/{id}/send"].pop("post")
    found = differences(document, changed)
    assert told(found) == [
        ("path", "moved", "", "/v1/editions/field-choices", "/v1/editions/{id}/field-choices"),
        ("path", "method", "", "POST", "GET"),
    ]
    assert not any(one.correctable for one in found)
    assert corrections_of(found, "")[0].operations == {}


def test_no_line_is_written_that_the_server_would_refuse() -> None:
    swapped = ("GET /v1/campaigns/{id}", "Get campaign", None, Part.RESPONSE, Kind.VALUE_RENAMED, "status")
    moved = ("POST /v1/segments/validate", "Validate", None, Part.PATH, Kind.MOVED, "")
    found = [
        Difference(*swapped, "draft", "scheduled", correctable=True),
        Difference(*moved, "/v1/segments/validate", "/v2/campaigns/send-now", correctable=True),
    ]
    file, refused = corrections_of(found, "")
    assert file.operations == {}
    assert [reason.partition(":")[0] for reason in refused] == [one.operation for one in found]


def test_bodies_and_answers_that_come_go_or_are_something_else(document: Doc) -> None:
    changed = copy.deepcopy(document)
    paths = changed["paths"]
    del paths["/v1/segments"]["post"]["requestBody"]
    paths["/v1/campaigns/{id}/send"]["post"]["requestBody"] = {"content": {"application/json": {"schema": {}}}}
    del paths["/v1/consents/{id}"]["get"]["responses"]["200"]["content"]
    export = paths["/v1/segments/{id}/export"]["get"]["responses"]["200"]
    export["content"] = {"application/zip": export["content"].pop("text/csv")}
    paths["/v1/webhooks"]["get"]["responses"]["200"]["content"]["application/json"]["schema"] = {"type": "array"}
    paths["/v1/files"]["get"]["parameters"].append({"in": "header", "name": "X-Org", "required": True, "schema": {}})
    assert sorted(told(differences(document, changed))) == [
        ("body", "missing", "", "application/json", ""),
        ("body", "new", "", "", "application/json"),
        ("header", "required", "", "", "X-Org"),
        ("response", "media type", "", "text/csv", "application/zip"),
        ("response", "missing", "", "application/json", ""),
        ("response", "type", "", "object", "array"),
    ]


LOOP: Doc = {"$ref": "#/components/schemas/Loop"}
BOMB: Doc = {f"B{level}": {"allOf": [{"$ref": f"#/components/schemas/B{level + 1}"}] * 9} for level in range(30)} | {
    "B30": {"type": "object"}
}


@pytest.mark.parametrize(
    "schemas",
    [
        {"Loop": LOOP},
        {"Loop": {"allOf": [LOOP, LOOP]}},
        {"Loop": {"type": "object", "properties": {"id": LOOP, "name": LOOP}, "items": LOOP}},
        {"Loop": {"oneOf": [LOOP, {"type": "array", "items": LOOP}]}},
        {"Loop": {"$ref": "#/components/schemas/B0"}, **BOMB},
        {"Loop": {"$ref": "https://evil.example/schema"}},
        {"Loop": {"$ref": "#/components/" + "x/" * 10_000}},
    ],
    ids=["itself", "twice itself", "recursive", "recursive list", "bomb", "elsewhere", "nowhere"],
)
def test_references_in_circles_and_bombs_end(document: Doc, schemas: Doc) -> None:
    changed = copy.deepcopy(document)
    changed["components"]["schemas"] |= schemas
    answer = {"application/json": {"schema": LOOP}}
    changed["paths"]["/v1/consents/{id}"]["get"]["responses"]["200"]["content"] = answer
    changed["paths"]["/v1/loop"] = {"get": {"parameters": [LOOP], "requestBody": LOOP, "responses": {"200": LOOP}}}
    refusal, found = outcome(document, changed)
    assert refusal == "" or "refer to one another" in refusal
    assert {one.operation for one in found} <= {"GET /v1/consents/{id}", "GET /v1/loop"}


def test_our_own_circles_end_too(document: Doc) -> None:
    changed = copy.deepcopy(document)
    changed["components"]["schemas"]["ConsentDetail"]["properties"]["parent"] = {
        "$ref": "#/components/schemas/ConsentDetail"
    }
    assert differences(changed, changed) == []


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("#/components/schemas/Order"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["$ref", "type", "properties", "allOf", "oneOf", "enum", "items", "get", "schema", "name"])
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=40, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_document_makes_it_crash(document: Doc, data: st.DataObject) -> None:
    """A part of the document, anywhere, is anything: it is compared or refused."""
    few = {path: item for path, item in document["paths"].items() if "consents" in path or "orders" in path}
    ours = {**document, "paths": few}
    small = copy.deepcopy(ours)
    node = small
    for _ in range(data.draw(st.integers(1, 9))):
        key = data.draw(st.sampled_from(sorted(node)))
        inner = node[key]
        if not isinstance(inner, dict) or not inner or data.draw(st.integers(0, 3)) == 0:
            node[key] = data.draw(ANY)
            break
        node = cast("Doc", inner)
    refusal, found = outcome(ours, small)
    assert refusal == "" or len(refusal.split(" · ")) == 3
    json.dumps(corrections_of(found, "")[0].model_dump())


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "x",
        {},
        {"openapi": "2.0"},
        {"swagger": "2.0", "paths": {}},
        {"openapi": "3.0.3"},
        {"openapi": "3.1.0", "paths": {"/a": {"get": 1}}},
    ],
)
def test_what_is_no_openapi_document_is_refused(document: object) -> None:
    with pytest.raises(PreoError, match="The document was not compared"):
        read_contract(document)


def test_texts_of_the_document_stay_on_their_line(document: Doc) -> None:
    changed = copy.deepcopy(document)
    changed["paths"]["/v1/venues\n\x1b[31m"] = {"get": {"summary": "x\ny\u202e", "operationId": "z"}}
    [found] = differences(document, changed)
    assert (found.operation, found.title) == ("GET /v1/venues [31m", "x y")


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ("email", "mail", True),
        ("customer_email", "email", True),
        ("created", "created_at", True),
        ("is_active", "active", True),
        ("cancelled", "canceled", True),
        ("total_recipients", "recipients_total", True),
        ("phone_number", "phoneNumber", True),
        ("amount", "amount_minor", False),
        ("amount", "net_amount", False),
        ("first_name", "last_name", False),
        ("created_after", "created_before", False),
        ("edition_id", "event_id", False),
        ("sent_count", "failed_count", False),
        ("approved", "rejected", False),
    ],
)
def test_likeness_prefers_no_rename_to_a_wrong_one(ours: str, theirs: str, *, same: bool) -> None:
    assert (pairs([ours], [theirs], alikeness) == [(ours, theirs)]) is same


def test_what_could_be_either_of_two_is_neither() -> None:
    assert pairs(["email"], ["email_1", "email_2"], alikeness) == []
    assert pairs(["mail", "email"], ["e_mail"], lambda _, __: 0.9) == []
    assert pairs(["a"], ["b"], lambda _, __: 0.1) == []
