"""Any sequence of the 14 operations: never a fault, never a step that the stages do not allow, counts that add up."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from importing_steps import DAY, DAY_VARIANT, PAST, TENT, UPCOMING, Json, body
from portal_sandbox import PortalSandbox

from preo_mcp.api.models.data_imports import (
    ALLOWED_STAGES,
    METADATA_COLUMN_TYPES,
    PARSED_STAGES,
    REPEATABLE_COLUMN_TYPES,
    REQUIRED_COLUMN_TYPES,
    ColumnType,
    Stage,
)
from preo_mcp.api.operations import (
    CANCEL_DATA_IMPORT,
    PREVIEW_IMPORT_ORDERS,
    PROCESS_COLUMN_MAPPINGS,
    START_IMPORT,
    UPDATE_COLUMN_MAPPINGS,
    UPDATE_PRODUCT_MAPPINGS,
    VALIDATE_COLUMN_MAPPINGS,
    Operation,
)
from preo_mcp.sandbox.store import Store

PATH = "/v1/data-imports"
ADMIN, MANAGER, STAFF = "sandbox-admin", "sandbox-manager", "sandbox-staff"
HEADER = "Order,Email,SKU,Quantity\n"
NO_TABLE = "%PDF-1.7 nothing to read here\n"
FILES = (
    f"{HEADER}1,a@example.com,NF-DAY-REG,2\n2,b@example.com,X,1\n1,,X,3\n3,c@example.com,nf-park,1\n",
    f"{HEADER},a@example.com,NF-DAY-REG,1\n,b@example.com,NF-PARK,2\n,nobody,X,1\n",
    f"{HEADER}7,a@example.com,X,2\n8,a@example.com,Y,2\n",
    f"{HEADER}4,nobody,NF-DAY-REG,1\n5,a@example.com,,1\n",
    NO_TABLE,
)
tokens = st.sampled_from([ADMIN, MANAGER, MANAGER, STAFF])
editions = st.sampled_from([UPCOMING] * 4 + [PAST, "edt_x"])
anyone = st.integers(0, 99)
"""Picks one of the imports that are there."""
some_settings = st.sampled_from([{}, {"name": "n"}, {"name": ""}, {"default_country_code": "x"}])


@dataclass
class Model:
    """An import as it must be by what was done with it."""

    id: str
    stage: Stage = Stage.NEEDS_COLUMN_MAPPING
    columns: list[Json] = field(default_factory=list[Json])
    products: list[Json] = field(default_factory=list[Json])

    @property
    def is_valid(self) -> bool:
        """Whether its column mappings can be processed."""
        counts = Counter(column["column_type"] for column in self.columns)
        keys = [
            (column["column_type"], column["metadata_key"])
            for column in self.columns
            if column["column_type"] in METADATA_COLUMN_TYPES
        ]
        return (
            all(counts[kind] for kind in REQUIRED_COLUMN_TYPES)
            and all(counts[kind] < 2 for kind in ColumnType if kind not in REPEATABLE_COLUMN_TYPES)
            and all(key for _, key in keys)
            and len(set(keys)) == len(keys)
        )


class Imports(RuleBasedStateMachine):
    """Members do whatever they can think of; the model says what must come of it."""

    def __init__(self) -> None:
        super().__init__()
        self.sandbox = PortalSandbox()
        self.models: list[Model] = []
        self.external: set[str] = set()
        self.base = self.sandbox.read(counts)

    def teardown(self) -> None:
        self.sandbox.close()

    def ask(self, method: str, path: str, token: str, **content: Any) -> httpx.Response:
        answer = self.sandbox.request(method, PATH + path, token, **content)
        assert answer.status_code < 500, answer.text
        return answer

    def show(self, model: Model, part: str = "") -> Json:
        answer = self.ask("GET", f"/{model.id}{part}", STAFF)
        assert answer.status_code == 200
        return answer.json()

    def refused(self, answer: httpx.Response, model: Model, operation: Operation, token: str) -> bool:
        """Check a refusal by role or stage where there must be one; return whether there was."""
        reads = operation in (VALIDATE_COLUMN_MAPPINGS, PREVIEW_IMPORT_ORDERS)
        if token == STAFF and not reads:
            assert answer.status_code == 403
            return True
        if model.stage not in ALLOWED_STAGES[operation]:
            assert answer.status_code == 400
            assert answer.json()["stage"] == model.stage
            return True
        return False

    @initialize(content=st.sampled_from(FILES[:3]))
    def begin(self, content: str) -> None:
        """Begin with an import that can come to its end."""
        self.create(content, MANAGER, UPCOMING)

    @precondition(lambda self: len(self.models) < 3)
    @rule(content=st.sampled_from(FILES), token=tokens, edition=editions)
    def create(self, content: str, token: str, edition: str) -> None:
        answer = self.ask("POST", "", token, json=body(content, edition=edition))
        if edition == "edt_x" or (edition == PAST and token != ADMIN):
            assert answer.status_code == 400
        elif token == STAFF:
            assert answer.status_code == 403
        elif content == NO_TABLE:
            assert answer.status_code == 400
        elif edition == UPCOMING:
            assert answer.json()["stage"] == Stage.NEEDS_COLUMN_MAPPING
            model = Model(answer.json()["id"])
            model.columns = self.show(model, "/column-mappings")["results"]
            self.models.append(model)

    @rule(token=tokens, include=st.booleans(), stage=st.none() | st.sampled_from([*Stage, "nonsense"]))
    def list_imports(self, token: str, *, include: bool, stage: str | None) -> None:
        query = {"include_cancelled": include, "edition_id": UPCOMING, "page_size": 1000} | (
            {"stage": stage} if stage else {}
        )
        answer = self.ask("GET", "", token, params=query)
        if stage == "nonsense":
            assert answer.status_code == 400
            return
        shown = {
            model.id
            for model in self.models
            if (stage is None or model.stage == stage)
            and (include or stage == Stage.CANCELLED or model.stage is not Stage.CANCELLED)
        }
        assert {found["id"] for found in answer.json()["results"]} == shown
        assert answer.json()["count"] == len(shown)

    @precondition(lambda self: self.models)
    @rule(who=anyone, token=tokens, wanted=some_settings)
    def update(self, who: int, token: str, wanted: Json) -> None:
        model = self.models[who % len(self.models)]
        answer = self.ask("PATCH", f"/{model.id}", token, json=wanted)
        bad = wanted not in ({}, {"name": "n"})
        assert answer.status_code == (403 if token == STAFF else 400 if bad else 200)

    @precondition(lambda self: self.models)
    @rule(who=anyone, token=tokens)
    def cancel(self, who: int, token: str) -> None:
        model = self.models[who % len(self.models)]
        answer = self.ask("POST", f"/{model.id}/cancel", token)
        if not self.refused(answer, model, CANCEL_DATA_IMPORT, token):
            assert answer.json()["stage"] == Stage.CANCELLED
            model.stage, model.products = Stage.CANCELLED, []

    @precondition(lambda self: self.models)
    @rule(
        who=anyone,
        token=tokens,
        at=st.integers(0, 4),
        kind=st.sampled_from([*ColumnType, *REQUIRED_COLUMN_TYPES, None, "nonsense"]),
        key=st.sampled_from([None, "k"]),
    )
    def update_columns(self, who: int, token: str, at: int, kind: str | None, key: str | None) -> None:
        model = self.models[who % len(self.models)]
        known = at < len(model.columns)
        wanted = {"id": model.columns[at]["id"] if known else "cmap_x", "column_type": kind, "metadata_key": key}
        answer = self.ask("PATCH", f"/{model.id}/column-mappings/update", token, json={"mappings": [wanted]})
        if kind == "nonsense":
            assert answer.status_code == 400
        elif not self.refused(answer, model, UPDATE_COLUMN_MAPPINGS, token):
            if not known or (key and kind not in METADATA_COLUMN_TYPES):
                assert answer.status_code == 400
            else:
                model.columns[at] |= {"column_type": kind, "metadata_key": key}
                model.stage, model.products = Stage.NEEDS_COLUMN_MAPPING, []

    @precondition(lambda self: self.models)
    @rule(who=anyone, token=tokens)
    def repair_columns(self, who: int, token: str) -> None:
        """Map the columns as the file has them, so that much goes through to the end."""
        model = self.models[who % len(self.models)]
        kinds = ("order_id", "customer_email", "product_code", "quantity")
        wanted = [{"id": column["id"], "column_type": kind} for column, kind in zip(model.columns, kinds, strict=True)]
        answer = self.ask("PATCH", f"/{model.id}/column-mappings/update", token, json={"mappings": wanted})
        if not self.refused(answer, model, UPDATE_COLUMN_MAPPINGS, token):
            assert answer.status_code == 200
            model.columns = answer.json()["results"]
            model.stage, model.products = Stage.NEEDS_COLUMN_MAPPING, []

    @precondition(lambda self: self.models)
    @rule(who=anyone, token=tokens)
    def validate(self, who: int, token: str) -> None:
        model = self.models[who % len(self.models)]
        answer = self.ask("POST", f"/{model.id}/validate-mappings", token)
        if not self.refused(answer, model, VALIDATE_COLUMN_MAPPINGS, token):
            assert answer.json()["valid"] == model.is_valid

    @precondition(lambda self: self.models)
    @rule(who=anyone, token=tokens)
    def process(self, who: int, token: str) -> None:
        model = self.models[who % len(self.models)]
        answer = self.ask("POST", f"/{model.id}/process-mappings", token)
        if self.refused(answer, model, PROCESS_COLUMN_MAPPINGS, token):
            return
        assert answer.status_code == (200 if model.is_valid else 400)
        if model.is_valid:
            assert answer.json()["stage"] == Stage.NEEDS_PRODUCT_MAPPING
            model.stage = Stage.NEEDS_PRODUCT_MAPPING
            model.products = self.show(model, "/product-mappings")["results"]

    @precondition(lambda self: self.models)
    @rule(who=anyone, token=tokens, limit=st.sampled_from([0, 1, 50, 1001]), offset=st.integers(-1, 3))
    def preview(self, who: int, token: str, limit: int, offset: int) -> None:
        model = self.models[who % len(self.models)]
        answer = self.ask("GET", f"/{model.id}/preview", token, params={"limit": limit, "offset": offset})
        if limit in (0, 1001) or offset < 0:
            assert answer.status_code == 400
        elif not self.refused(answer, model, PREVIEW_IMPORT_ORDERS, token):
            shown = answer.json()
            assert shown["limit"] == len(shown["orders"]) == max(min(limit, shown["total"] - offset), 0)

    @precondition(lambda self: self.models)
    @rule(
        who=anyone,
        token=tokens,
        at=st.integers(0, 2),
        wanted=st.sampled_from(
            [
                {"product_id": DAY},
                {"product_id": DAY, "variant_id": DAY_VARIANT},
                {"product_id": None},
                {"product_id": DAY, "variant_id": TENT},
                {"product_id": "prd_x"},
            ]
        ),
    )
    def update_products(self, who: int, token: str, at: int, wanted: Json) -> None:
        model = self.models[who % len(self.models)]
        known = at < len(model.products)
        change = {"id": model.products[at]["id"] if known else "pmap_x", **wanted}
        answer = self.ask("PATCH", f"/{model.id}/product-mappings/update", token, json={"mappings": [change]})
        if not self.refused(answer, model, UPDATE_PRODUCT_MAPPINGS, token):
            good = known and wanted.get("variant_id") != TENT and wanted["product_id"] != "prd_x"
            assert answer.status_code == (200 if good else 400)
            if good:
                model.products = answer.json()["results"]
                product = model.products[at]["product"]
                assert (product and product["api_id"]) == wanted["product_id"]

    @precondition(lambda self: self.models)
    @rule(who=anyone, token=tokens, ignore=st.booleans())
    def start(self, who: int, token: str, *, ignore: bool) -> None:
        model = self.models[who % len(self.models)]
        answer = self.ask("POST", f"/{model.id}/start-import", token, params={"ignore_warnings": ignore})
        if self.refused(answer, model, START_IMPORT, token):
            return
        mapped = [product["product"] is not None for product in model.products]
        possible = any(mapped) and (ignore or all(mapped))
        assert answer.status_code == (200 if possible else 400)
        if possible:
            assert answer.json()["stage"] == Stage.IMPORTING
            model.stage = Stage.IMPORTING

    @precondition(lambda self: self.models)
    @rule(who=anyone)
    def let_the_run_go(self, who: int) -> None:
        model = self.models[who % len(self.models)]
        if model.stage is Stage.IMPORTING:
            self.sandbox.let_go(model.id)
            self.sandbox.rest()
            model.stage = Stage.COMPLETED

    @precondition(lambda self: self.models)
    @rule(who=anyone, steps=st.integers(1, 6))
    def advance(self, who: int, steps: int) -> None:
        """Take the steps that lead on from where an import stands, so that every stage is reached often."""
        model = self.models[who % len(self.models)]
        for _ in range(steps):
            if model.stage is Stage.NEEDS_COLUMN_MAPPING:
                if not model.is_valid:
                    self.repair_columns(who, MANAGER)
                self.process(who, MANAGER)
            elif model.stage is Stage.NEEDS_PRODUCT_MAPPING:
                open_ones = [at for at, product in enumerate(model.products) if product["product"] is None]
                if open_ones:
                    self.update_products(who, MANAGER, open_ones[0], {"product_id": DAY})
                else:
                    self.start(who, MANAGER, ignore=False)
            elif model.stage is Stage.IMPORTING:
                self.let_the_run_go(who)

    @rule(token=tokens, ids=st.lists(st.sampled_from(["1", "2", "7", "E1", "E2", "bad"]), max_size=3))
    def external_orders(self, token: str, ids: list[str]) -> None:
        item = {"product_id": DAY, "quantity": 2}
        orders = [
            {"email": "bad" if key == "bad" else f"{key}@external.example", "order_id": key, "items": [item]}
            for key in ids
        ]
        taken = self.sandbox.read(known_ids)
        answer = self.ask("POST", "/external-orders", token, json={"edition_id": UPCOMING, "orders": orders})
        if token == STAFF:
            assert answer.status_code == 403
        elif "bad" in ids:
            assert answer.status_code == 400
        else:
            new = set(ids) - taken
            assert answer.json()["queued_count"] == len(new)
            assert answer.json()["skipped_count"] == len(ids) - len(new)
            self.external |= new
            self.sandbox.rest()

    @invariant()
    def stages_are_as_they_must_be(self) -> None:
        for model in self.models:
            shown = self.show(model)
            assert shown["stage"] == model.stage
            assert (shown["parsed_data"] is not None) == (model.stage in PARSED_STAGES)
            assert self.show(model, "/column-mappings")["results"] == model.columns
            products = self.show(model, "/product-mappings")
            assert products["results"] == model.products
            assert products["count"] == len(model.products)
            if model.stage in PARSED_STAGES:
                complete = all(product["product"] for product in model.products)
                assert shown["product_mappings_complete"] == ("true" if complete else "false")
                assert shown["parsed_data"]["products_total"] == len(model.products)

    @invariant()
    def counts_add_up(self) -> None:
        self.sandbox.rest()
        written: Counter[str] = Counter()
        for model in self.models:
            shown = self.show(model)
            result: dict[str, int] = shown["import_result"] or {}
            written.update({name: result.get(f"{name}_imported", 0) for name in ("orders", "purchases")})
            written["customers"] += result.get("customers_created", 0)
            if model.stage is Stage.COMPLETED:
                skipped = result["orders_skipped_existing"] + result["orders_skipped_unmapped"]
                assert result["orders_imported"] + skipped == shown["parsed_data"]["orders_total"]
                units = sum(int(product["quantity_in_import"]) for product in model.products)
                assert result["purchases_imported"] + result["items_skipped"] == units
        external = len(self.external)
        now = self.sandbox.read(counts)
        assert now["orders"] - self.base["orders"] == written["orders"] + external
        assert now["purchases"] - self.base["purchases"] == written["purchases"] + 2 * external
        assert now["customers"] - self.base["customers"] == written["customers"] + external


def counts(store: Store) -> dict[str, int]:
    """How many rows there are of what an import writes."""
    tables = ("orders", "purchases", "customers")
    return {table: store.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}


def known_ids(store: Store) -> set[str]:
    """The order ids that the edition has."""
    rows = store.db.execute("SELECT external_id FROM orders WHERE edition_id = ?", (UPCOMING,))
    return {key for (key,) in rows if key}


Imports.TestCase.settings = settings(
    max_examples=20,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestImports = Imports.TestCase
