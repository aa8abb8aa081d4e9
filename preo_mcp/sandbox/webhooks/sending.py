"""One try of a delivery: a POST that follows no redirect, reads no proxy settings and ends in time."""

from time import perf_counter
from typing import Final

import anyio
import httpx

from preo_mcp.api.models.webhooks import LONGEST_TIMEOUT, DeliveryError
from preo_mcp.sandbox.store import Doc, Store
from preo_mcp.sandbox.webhooks.documents import valid_secrets
from preo_mcp.sandbox.webhooks.queue import Attempt, Taken
from preo_mcp.sandbox.webhooks.signing import SIGNATURE_HEADER, signature

KEPT_BYTES: Final = 4096
"""How much of an answer's body, and of its headers, is kept; no more is read."""

ONE_USE: Final = httpx.Limits(max_keepalive_connections=0)
EVENT_HEADER: Final = "Preo-Event"
DELIVERY_HEADER: Final = "Preo-Delivery"


def open_client() -> httpx.AsyncClient:
    """Return the client of all deliveries; a connection is used once, so none can be found closed at the next use."""
    return httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=LONGEST_TIMEOUT, limits=ONE_USE)


def sent_headers(store: Store, taken: Taken) -> dict[str, str]:
    """Return the headers of a try made now, signed with every valid secret."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "Preo-Webhooks (sandbox)",
        "Accept-Encoding": "identity",
        EVENT_HEADER: taken.event_type,
        DELIVERY_HEADER: taken.id,
        SIGNATURE_HEADER: signature(valid_secrets(store, taken.webhook), store.clock(), taken.body),
    }


async def post(client: httpx.AsyncClient, taken: Taken, headers: dict[str, str]) -> Attempt:
    """Send a delivery and return what it brought; whatever the receiver does, this ends in the endpoint's time."""
    url, seconds = taken.webhook["url"], taken.webhook["timeout_seconds"]
    sent: Doc = {"url": url, "headers": headers}
    began = perf_counter()
    kind, why, response = None, None, None
    try:
        with anyio.fail_after(seconds):
            async with client.stream("POST", url, content=taken.body, headers=headers) as answer:
                response = {
                    "status": answer.status_code,
                    "headers": _beginning_of(answer.headers),
                    "body": (await _beginning(answer)).decode(errors="replace"),
                }
        kind, why = _verdict(answer.status_code)
    except (TimeoutError, httpx.TimeoutException):
        kind, why = DeliveryError.TIMEOUT, f"The receiver did not answer within {seconds} s."
    except httpx.NetworkError:
        kind, why = DeliveryError.CONNECTION, "The receiver was not reached, or closed the connection."
    except (httpx.HTTPError, httpx.InvalidURL):
        kind, why = DeliveryError.PROTOCOL, "The receiver did not answer in HTTP."
    return Attempt(sent, kind, why, round((perf_counter() - began) * 1000), response)


def _verdict(status: int) -> tuple[DeliveryError | None, str | None]:
    if 200 <= status < 300:
        return None, None
    if 300 <= status < 400:
        return DeliveryError.REDIRECT, f"The receiver answered with a redirect ({status}), which is not followed."
    return DeliveryError.HTTP_STATUS, f"The receiver answered {status}; any 2xx counts as received."


async def _beginning(answer: httpx.Response) -> bytes:
    """Return the beginning of a body as it was sent, never unpacked."""
    read = b""
    async for chunk in answer.aiter_raw():
        read += chunk
        if len(read) >= KEPT_BYTES:
            break
    return read[:KEPT_BYTES]


def _beginning_of(headers: httpx.Headers) -> dict[str, str]:
    kept: dict[str, str] = {}
    room = KEPT_BYTES
    for name, value in headers.items():
        room -= len(name) + len(value)
        if room < 0:
            break
        kept[name] = value
    return kept
