"""What the sandbox answers when it refuses, in the shapes of Django REST Framework."""

from typing import Any

from starlette.responses import JSONResponse

INVALID_PAGE = "Invalid page."


class Problem(Exception):
    """A refusal: an HTTP status and the body that says why."""

    def __init__(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = headers

    def response(self) -> JSONResponse:
        """Return the refusal as it travels."""
        return JSONResponse(self.body, self.status, self.headers)


def refused(status: int, detail: str, **headers: str) -> Problem:
    """A refusal with one sentence."""
    return Problem(status, {"detail": detail}, headers or None)


def not_found(kind: str = "") -> Problem:
    """No such object, or none that this member may see: nobody is told which."""
    return refused(404, f"No {kind} matches the given query." if kind else "Not found.")


def invalid(**fields: str) -> Problem:
    """Fields with invalid values, each with the reason."""
    return Problem(400, {name: [reason] for name, reason in fields.items()})


def forbidden(role: str) -> Problem:
    """The member lacks a role."""
    return refused(403, f"You do not have permission to perform this action. It takes the {role} role.")
