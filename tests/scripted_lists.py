"""A scripted API for the door: an answer per group, and lists of any length."""

from typing import Any

import httpx


class Api:
    """Answers each path with what the test says."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.pages: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.pages.append(request.url.params.get("page", ""))
        answer = self.answers[request.url.path.split("/")[2].replace("-", "_")]
        found = answer(request) if callable(answer) else answer
        return found if isinstance(found, httpx.Response) else httpx.Response(200, json=found)


def many(count: int) -> Any:
    def listed(request: httpx.Request) -> dict[str, Any]:
        page, size = (int(request.url.params[name]) for name in ("page", "page_size"))
        rows = [{"id": f"edt_{number:05}", "full_name": None} for number in range(count)]
        more = f"{request.url.copy_set_param('page', page + 1)}" if page * size < count else None
        return {"count": count, "next": more, "results": rows[(page - 1) * size : page * size]}

    return listed
