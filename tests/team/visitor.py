"""A browser's behaviour before a team's page: its cookies, the Origin that it sends, and what a page holds."""

import json
import re
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urljoin

import httpx

SIGN_IN = "/approvals/sign-in"
ALL = "/approvals"
FORM = "application/x-www-form-urlencoded"


class Visitor:
    """Somebody with a browser; it keeps to the rules unless told otherwise.

    Attributes:
        cookies: By name, as the browser keeps them.
    """

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.cookies: dict[str, str] = {}
        self.set_cookies: list[str] = []

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self._sent("GET", path, None, headers)

    async def post(self, path: str, form: dict[str, str], **headers: str) -> httpx.Response:
        own = {"Origin": self.origin, "Content-Type": FORM}
        return await self._sent("POST", path, urlencode(form), own | headers)

    async def asked(self, path: str, body: Any, **headers: str) -> httpx.Response:
        own = {"Origin": self.origin, "Content-Type": "application/json"}
        return await self._sent("POST", path, json.dumps(body), own | headers)

    async def sign_in(self, token: str) -> httpx.Response:
        """Sign in by a static token, in the form of the page."""
        page = await self.get(ALL)
        return await self.post(SIGN_IN, {"state": state_in(page), "token": token})

    async def shown(self, plan_id: str) -> dict[str, Any]:
        """Open a question's page, and return what its script is told."""
        page = await self.get(f"{ALL}/{plan_id}")
        if page.status_code != 200:
            return {"state": page.status_code}
        token = token_in(page)
        return (await self.asked(f"{ALL}/{plan_id}/show", {"secret": "", "token": token})).json() | {"token": token}

    async def answers(self, plan_id: str, yes: bool, typed: str = "") -> dict[str, Any]:
        """Answer a question on its page, and return what its script is told."""
        shown = await self.shown(plan_id)
        if shown["state"] != "open":
            return shown
        body = {"nonce": shown["nonce"], "answer": yes, "typed": typed, "token": shown["token"]}
        return (await self.asked(f"{ALL}/{plan_id}/answer", body)).json()

    async def _sent(self, method: str, path: str, content: str | None, headers: dict[str, str]) -> httpx.Response:
        cookie = (
            {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
        )
        async with httpx.AsyncClient() as http:
            answer = await http.request(method, urljoin(self.origin, path), content=content, headers=cookie | headers)
        for header in answer.headers.get_list("set-cookie"):
            self.set_cookies.append(header)
            for name, morsel in SimpleCookie(header).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return answer


def state_in(page: httpx.Response) -> str:
    """Return what the form of a page sends along."""
    found = re.search(r'name="state" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def token_in(page: httpx.Response) -> str:
    """Return what the script of a page, or the form of one, sends along."""
    found = re.search(r'(?:data-token|name="token" value)="([^"]+)"', page.text)
    assert found, page.text
    return found[1]
