"""What a server for a team needs, and what it must not have, before it starts.

Threat: a server that others reach without TLS gives away everybody's tokens; one without sign-in, the account.
"""

import ipaddress
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from preo_mcp.settings.choices import Transport, Way
from preo_mcp.text.loopback import is_loopback

if TYPE_CHECKING:
    from preo_mcp.settings.model import Settings

OWN: Final = "127.0.0.1"
"""Where this computer's user is served without a sign-in: whose connections these are can be told."""
OF_A_TEAM: Final = (
    *("public_url", "tls_cert", "tls_key", "trusted_proxies", "issuer", "audience", "members", "token_command"),
    *("client_id", "client_secret_file", "notify_url", "notify_secret_file", "notify_names"),
    *("four_eyes_amount_over", "four_eyes_recipients_over"),
)


def team_mistake(settings: "Settings") -> str | None:
    """Return what is wrong with the settings of a team, and what to do about it; None where nothing is."""
    return next(_without_team(settings) if not settings.team else _of_team(settings), None)


def _without_team(settings: "Settings") -> Iterator[str]:
    for name in OF_A_TEAM:
        value = getattr(settings, name)
        if value is not None and value is not False and value != ():  # 0 is a limit
            yield f"PREO_{name.upper()} is set without a team; add --team, or remove it"
    if settings.host != OWN:
        yield f"PREO_HOST is not {OWN}, and nobody would have to sign in; add --team, or remove it"


def _of_team(settings: "Settings") -> Iterator[str]:
    if settings.transport is Transport.STDIO:
        yield "a team is not served over stdio; add --transport http"
    if settings.allowed_folders:
        yield "PREO_ALLOWED_FOLDERS would open this computer's files to the team; remove it"
    if (settings.tls_cert is None) is not (settings.tls_key is None):
        yield "PREO_TLS_CERT and PREO_TLS_KEY belong together; set both"
    if settings.public_url is not None and not is_origin(settings.public_url):
        yield "PREO_PUBLIC_URL is not such as https://preo.example.org; give scheme, host and port alone, and https"
    yield from _of_proxies(settings)
    yield from _beyond_loopback(settings)
    yield from _of_issuer(settings)
    yield from _of_page(settings)
    yield from _of_notices(settings)


def _of_proxies(settings: "Settings") -> Iterator[str]:
    for proxy in settings.trusted_proxies:
        try:
            ipaddress.ip_network(proxy)
        except ValueError:
            yield f"PREO_TRUSTED_PROXIES: {proxy} is neither an address nor a network; give one such as 10.0.0.2"
    if settings.trusted_proxies and settings.tls_cert is not None:
        yield "PREO_TRUSTED_PROXIES and PREO_TLS_CERT are both set; TLS ends at one of them, so keep one"
    if settings.trusted_proxies and settings.public_url is None:
        yield "PREO_TRUSTED_PROXIES is set without PREO_PUBLIC_URL; give the address that the proxy serves"


def _beyond_loopback(settings: "Settings") -> Iterator[str]:
    if is_loopback(settings.host):
        return
    if settings.tls_cert is None and not settings.trusted_proxies:
        yield "PREO_HOST is beyond this computer without TLS; set PREO_TLS_CERT and PREO_TLS_KEY, or --trusted-proxy"
    if settings.public_url is None:
        yield "PREO_HOST is beyond this computer; set PREO_PUBLIC_URL to the address that the team uses"


def _of_issuer(settings: "Settings") -> Iterator[str]:
    if settings.issuer is None:
        if settings.audience is not None:
            yield "PREO_AUDIENCE is set without PREO_ISSUER; set both"
        return
    if not is_issuer(settings.issuer):
        yield "PREO_ISSUER is not the https address of a provider; give it as the provider's metadata does"
    if settings.public_url is None:
        yield "PREO_ISSUER needs PREO_PUBLIC_URL, for which the provider issues its tokens; set both"
    if settings.members is None and settings.token_command is None and not settings.sandbox:
        yield "PREO_ISSUER lets in whoever has an account there; set PREO_MEMBERS or PREO_TOKEN_COMMAND"


def _of_page(settings: "Settings") -> Iterator[str]:
    if settings.client_id is not None and settings.issuer is None:
        yield "PREO_CLIENT_ID is set without PREO_ISSUER, at which it would be known; set both"
    if settings.client_secret_file is not None and settings.client_id is None:
        yield "PREO_CLIENT_SECRET_FILE is set without PREO_CLIENT_ID; set both"
    if settings.four_eyes_amount_over is None and settings.four_eyes_recipients_over is None:
        return
    if settings.yes:
        yield "PREO_YES asks nobody, and four eyes need two people; remove PREO_YES or PREO_FOUR_EYES_…"
    if settings.approve_via not in (None, Way.PAGE):
        yield "PREO_APPROVE_VIA leaves out the page, on which alone somebody else can answer; remove it, or set page"


def _of_notices(settings: "Settings") -> Iterator[str]:
    if (settings.notify_url is None) is not (settings.notify_secret_file is None):
        yield "PREO_NOTIFY_URL and PREO_NOTIFY_SECRET_FILE belong together; set both"
    if settings.notify_url is not None and not is_issuer(settings.notify_url.partition("?")[0]):
        yield "PREO_NOTIFY_URL is not an https address; correct it"
    if settings.notify_names and settings.notify_url is None:
        yield "PREO_NOTIFY_NAMES is set without PREO_NOTIFY_URL; set both"


def is_origin(url: str) -> bool:
    """Return whether a URL is a scheme, a host and perhaps a port; http to this computer alone."""
    return is_issuer(url) and urlsplit(url).path in ("", "/")


def is_issuer(url: str) -> bool:
    """Return whether a URL can be an issuer (RFC 8414, section 2); http to this computer alone."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # reading it is what checks it
    except ValueError:
        return False
    host, plain = parts.hostname or "", not (parts.username or parts.password or parts.query or parts.fragment)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    return bool(host) and plain and is_safe and url.isprintable() and not {*"?# "} & {*url}
