"""The tree of errors: its texts, its attributes, its independence of httpx."""

import copy
import pickle
import subprocess
import sys

import pytest

from preo_mcp.api import errors
from preo_mcp.api.errors import PreoError, RateLimitError, ValidationError

KINDS = [
    errors.ConfigurationError,
    errors.AuthenticationError,
    errors.PermissionDeniedError,
    errors.NotFoundError,
    errors.ValidationError,
    errors.ConflictError,
    errors.RateLimitError,
    errors.ServerError,
    errors.NetworkError,
    errors.AmbiguousOutcomeError,
]


BELOW = [errors.MissingExtra]


@pytest.mark.parametrize("kind", [PreoError, *KINDS, *BELOW])
def test_text_is_what_why_next_step(kind: type[PreoError]) -> None:
    error = kind("List orders failed", "it is late", "Go home.", request_id="abc123")
    assert str(error) == "List orders failed · it is late · Go home."
    assert (error.what, error.why, error.next_step) == error.args
    assert error.request_id == "abc123"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_hangs_directly_under_the_root_and_stands_in_the_docstring(kind: type[PreoError]) -> None:
    assert kind.__bases__ == (PreoError,)
    assert f"─ {kind.__name__} " in (errors.__doc__ or "")


def test_the_docstring_is_the_whole_tree() -> None:
    members = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, PreoError)}
    assert members == {PreoError, *KINDS, *BELOW}
    for kind in BELOW:
        assert kind.__bases__[0] in KINDS
        assert f"─ {kind.__name__} " in (errors.__doc__ or "")


def test_fields_and_retry_after_have_honest_defaults() -> None:
    assert ValidationError("a", "b", "c").fields == {}
    assert RateLimitError("a", "b", "c").retry_after is None


def test_errors_survive_copy_and_pickle_with_their_attributes() -> None:
    error = ValidationError("a", "b", "c", fields={"orders.0.quantity": ("too small",)}, request_id="abc")
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert str(twin) == "a · b · c"
        assert twin.fields == {"orders.0.quantity": ("too small",)}
        assert twin.request_id == "abc"


def test_everything_but_the_client_is_importable_without_httpx() -> None:
    modules = "addresses, answers, connection, retries"
    program = f"import sys; from preo_mcp.client import {modules}; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
