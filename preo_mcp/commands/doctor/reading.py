"""An OpenAPI document from a file or an address, as plain JSON data.

Threats: a document that is huge, deep or a bomb (its size is limited while it arrives, YAML's aliases are refused); an
address that is somebody else's (the token goes to the base URL's own origin only, redirects are not followed).
"""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

from pydantic_core import from_json

from preo_mcp import __version__
from preo_mcp.api.errors import ConfigurationError, NetworkError, PreoError, ValidationError
from preo_mcp.client.connection import Connection
from preo_mcp.commands.doctor.contract import shown

LARGEST_JSON: Final = 20 * 1024 * 1024
LARGEST_YAML: Final = 5 * 1024 * 1024
"""Bytes; reading YAML takes a hundred times as long."""
DEEPEST_YAML: Final = 200
ACCEPTED: Final = "application/vnd.oai.openapi+json, application/json;q=0.9, application/yaml;q=0.5, */*;q=0.1"
TIMEOUT: Final = 30.0
"""Seconds for each wait on the address."""
NOT_READ: Final = "The document was not read"
ASK_FOR_JSON: Final = "Give the address or file of the OpenAPI document itself, for example …/schema/?format=json."
UTF16_MARKS: Final = (BOM_UTF16_LE, BOM_UTF16_BE)
DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def is_address(origin: str) -> bool:
    """Whether `origin` is a URL and not a file."""
    return "://" in origin


def without_secrets(origin: str) -> str:
    """Return `origin` without what can be a secret in an address: user, password and query."""
    parts = urlsplit(origin)
    return f"{parts.scheme}://{parts.hostname}{parts.path}" if is_address(origin) else origin


def read_document(origin: str, connection: Connection | None) -> object:
    """Return the document in the file or at the http(s) address `origin`.

    Args:
        origin: A path, or a URL.
        connection: The account; its token is sent to its own origin only.

    Raises:
        PreoError: it cannot be read, is too large, or is neither JSON nor YAML.
    """
    return parsed(_fetched(origin, connection) if is_address(origin) else _from_file(Path(origin)))


def parsed(content: bytes) -> object:
    """Return the JSON or YAML value in `content`.

    Raises:
        PreoError: it is neither, or a web page.
    """
    if content.startswith(UTF16_MARKS):  # as PowerShell saves what a command prints
        content = content.decode("utf-16", errors="replace").encode("utf-8", errors="replace")
    start = content.removeprefix(BOM_UTF8).lstrip()
    if start.startswith(b"<"):
        raise ValidationError(NOT_READ, "it is a web page (HTML), not an OpenAPI document", ASK_FOR_JSON)
    if start.startswith((b"{", b"[")):
        try:
            return from_json(start, allow_inf_nan=False)
        except ValueError as exc:
            why = f"it is not valid JSON ({shown(str(exc))})"
        raise ValidationError(NOT_READ, why, ASK_FOR_JSON)
    return _from_yaml(start)


def _from_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_JSON + 1)
    except OSError as exc:
        why = f"{path} cannot be read ({type(exc).__name__})"
        raise ValidationError(NOT_READ, why, "Give the path of the file, or an http(s) address.") from None
    if len(content) > LARGEST_JSON:
        raise _too_large(LARGEST_JSON)
    return content


def _fetched(address: str, connection: Connection | None) -> bytes:
    import httpx

    origin = _origin(address)
    if origin is None:
        raise ValidationError(NOT_READ, "the address is not http or https", "Give an http(s) address, or a file.")
    signed = connection is not None and origin == _origin(connection.base_url)
    headers = {"Accept": ACCEPTED, "User-Agent": f"preo-mcp/{__version__}"}
    if connection is not None and signed:
        headers |= connection.auth_headers()
    content = b""
    try:
        # As in the client: a proxy from the environment must not see a token that travels unencrypted.
        with (
            httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=origin[0] == "https") as http,
            http.stream("GET", address, headers=headers) as response,
        ):
            _check_status(response.status_code, signed=signed)
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > LARGEST_JSON:
                    raise _too_large(LARGEST_JSON)
    except (httpx.HTTPError, httpx.InvalidURL) as exc:
        why = f"{origin[1]} did not answer ({type(exc).__name__})"
    else:
        return content
    raise NetworkError(NOT_READ, why, "Check the address and the network, or give a file.")


def _check_status(status: int, *, signed: bool) -> None:
    if status == 200:
        return
    if 300 <= status < 400:
        next_step = "Give the address that it leads to; redirects are not followed."
    elif status in (401, 403):
        next_step = (
            "Check PREO_TOKEN, or save the document in a browser and give the file."
            if signed
            else "The token is sent to the base URL's host only; save the document and give the file."
        )
    else:
        next_step = "Check the address, or save the document in a browser and give the file."
    raise ValidationError(NOT_READ, f"the address answers {status}", next_step)


def _origin(address: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port; None if it is not an http(s) address."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.username or parts.password:
        return None
    return parts.scheme, parts.hostname, port or DEFAULT_PORTS[parts.scheme]


def _from_yaml(content: bytes) -> object:
    try:
        import yaml
    except ModuleNotFoundError:
        why = "it is not JSON, and for YAML pyyaml is not installed"
        raise ConfigurationError(
            NOT_READ, why, "Ask for JSON (…/schema/?format=json), or run: pip install pyyaml"
        ) from None
    if len(content) > LARGEST_YAML:
        raise _too_large(LARGEST_YAML)
    parse_events: Any = vars(yaml)["parse"]  # its type is known in part only
    depth = 0
    try:
        for event in cast("Iterable[object]", parse_events(content, Loader=yaml.SafeLoader)):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent) or depth > DEEPEST_YAML:
                raise ValidationError(NOT_READ, "its YAML has aliases or is nested too deeply", ASK_FOR_JSON)
        document: object = yaml.safe_load(content)
    except (yaml.YAMLError, ValueError, RecursionError) as exc:
        why = f"it is neither JSON nor YAML ({type(exc).__name__})"
    else:
        if isinstance(document, dict):
            return _with_text_keys(cast("object", document))
        why = "it is neither a JSON nor a YAML object"
    raise ValidationError(NOT_READ, why, ASK_FOR_JSON)


def _with_text_keys(value: object) -> object:
    """Return YAML data as JSON has it: 200 as a key is a number there."""
    if isinstance(value, dict):
        return {str(key): _with_text_keys(item) for key, item in cast("dict[Any, object]", value).items()}
    if isinstance(value, list):
        return [_with_text_keys(item) for item in cast("list[object]", value)]
    return value


def _too_large(limit: int) -> PreoError:
    return ValidationError(NOT_READ, f"it is larger than {limit // 1024**2} MB", ASK_FOR_JSON)
