"""Signing in on a team's page at its provider: the authorization code flow of OpenID Connect, with PKCE.

The page is a client like others: it asks for an access token for this server, by which somebody is who they are and has
the rights that they have (`SignIn`), and the provider's signed word that it was issued for this attempt (nonce).
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import quote_plus, urlencode

import anyio
import httpx
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from preo_mcp.settings.secret_token import token_in_file
from preo_mcp.team.issuer import Issuer, IssuerError, whole
from preo_mcp.team.jwts import JwtVerifier
from preo_mcp.team.pages.sessions import Attempt
from preo_mcp.team.principals import Principal, Refused, Right
from preo_mcp.team.sign_in import SignIn

SCOPE: Final = f"openid {Right.READ} {Right.APPROVE}"
SECONDS: Final = 10.0
METHODS: Final = "token_endpoint_auth_methods_supported"


class _Tokens(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)

    access_token: SecretStr
    id_token: SecretStr


class ProviderSignIn:
    """Signs people in at the provider.

    Args:
        issuer: The provider.
        http: Asks it; follows no redirects.
        client_id: What the page is called there.
        secret_file: A file with its secret; None for a public client.
        back: Where the provider leads a browser back to.
        audience: For whom the access token has to be.
        sign_in: Tells by such a token who somebody is.
    """

    def __init__(
        self,
        issuer: Issuer,
        http: httpx.AsyncClient,
        client_id: str,
        secret_file: Path | None,
        back: str,
        audience: str,
        sign_in: SignIn,
    ) -> None:
        self.issuer = issuer
        self._http = http
        self._client_id = client_id
        self._secret_file = secret_file
        self._back = back
        self._audience = audience
        self._sign_in = sign_in
        self._of_page = JwtVerifier(issuer, client_id)
        self._of_server = JwtVerifier(issuer, audience)

    async def address(self, attempt: Attempt) -> str:
        """Return where a browser signs in.

        Raises:
            IssuerError: the provider cannot be asked.
        """
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._back,
            "scope": SCOPE,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": _digest(attempt.verifier),
            "code_challenge_method": "S256",
            "resource": self._audience,
        }
        address = await self.issuer.endpoint("authorization_endpoint")
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

    async def must_be_answer_of(self, query: Mapping[str, str]) -> None:
        """Make sure that what a browser brings back is this provider's answer (RFC 9207), and a code.

        Raises:
            Refused: it is not.
            IssuerError: the provider cannot be asked.
        """
        is_named = (await self.issuer.metadata()).get("authorization_response_iss_parameter_supported") is True
        if (is_named or "iss" in query) and query.get("iss") != self.issuer.url:
            raise Refused.token("the answer is of another provider")
        if "error" in query or not query.get("code"):
            raise Refused.token("the provider signed nobody in")

    async def principal(self, code: str, attempt: Attempt) -> Principal:
        """Return who signed in, by the code that their browser brought back.

        Raises:
            Refused: nobody, as far as can be told, or no member.
            IssuerError: the provider cannot be asked, or does not take the code.
            ConfigurationError: the secret's file cannot be read.
        """
        tokens = await self._exchanged(code, attempt)
        access = tokens.access_token.get_secret_value()
        vouched = await self._of_page.claims(tokens.id_token.get_secret_value())
        _must_be_of(vouched, attempt, self._client_id)
        if (await self._of_server.claims(access))["sub"] != vouched["sub"]:
            raise Refused.token("the provider's two tokens are of different people")
        return await self._sign_in.principal(f"Bearer {access}".encode())

    async def _exchanged(self, code: str, attempt: Attempt) -> _Tokens:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": attempt.verifier,
            "resource": self._audience,
        }
        url = await self.issuer.endpoint("token_endpoint")
        headers = {"Accept": "application/json"}
        if self._secret_file is None:
            form["client_id"] = self._client_id
        else:
            secret = token_in_file(self._secret_file)
            if self._sends_secret_in_form(await self.issuer.metadata()):
                form |= {"client_id": self._client_id, "client_secret": secret}
            else:  # RFC 6749, section 2.3.1
                pair = f"{quote_plus(self._client_id)}:{quote_plus(secret)}".encode()
                headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        try:
            with anyio.fail_after(SECONDS):
                async with self._http.stream("POST", url, data=form, headers=headers) as answer:
                    status, content = answer.status_code, await whole(answer)
        except (httpx.HTTPError, TimeoutError) as exc:
            raise IssuerError(f"it cannot be reached ({type(exc).__name__})") from None
        if status != 200:
            raise IssuerError(f"it answered a code with {status}")
        try:
            return _Tokens.model_validate_json(content)
        except ValidationError:
            raise IssuerError("it answered a code without tokens") from None

    def _sends_secret_in_form(self, metadata: Mapping[str, Any]) -> bool:
        methods: object = metadata.get(METHODS)
        if not isinstance(methods, list):
            return False
        return "client_secret_post" in methods and "client_secret_basic" not in cast("list[object]", methods)


def _must_be_of(claims: Mapping[str, Any], attempt: Attempt, client_id: str) -> None:
    """Make sure that an ID token was issued for this attempt, and for this client (OpenID Connect Core, 3.1.3.7).

    Raises:
        Refused: it was not.
    """
    nonce, audience = claims.get("nonce"), claims["aud"]
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), attempt.nonce.encode()):
        raise Refused.token("the provider's word is of another attempt")
    is_of_several = isinstance(audience, list) and len(cast("list[object]", audience)) > 1
    if (is_of_several or "azp" in claims) and claims.get("azp") != client_id:
        raise Refused.token("the provider's word is for another client")


def _digest(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
