"""Tokens that a provider signs: what has to be right about one before anybody is let in by it.

Threats: a token for another server, or of another provider, or without a signature; the provider's public key used as
the secret of an HMAC; a token that is bound to a key its sender would have to show; a token of another kind, such as
one that ends a session. So algorithms are those of a list, all of them asymmetric, and chosen by the key's own type.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

import jwt

from preo_mcp.team.issuer import Issuer, IssuerError
from preo_mcp.team.principals import Refused

SKEW_SECONDS: Final = 60
"""By how much clocks may differ."""
MOST_CHARACTERS: Final = 16_384
KEY_TYPES: Final = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}
"""The algorithms that are taken, each with the type of its keys."""
CURVES: Final = {"ES256": ("P-256",), "EdDSA": ("Ed25519",)}
LEAST_RSA_BITS: Final = 2048
KINDS: Final = frozenset({"", "jwt", "at+jwt"})
"""What a token may say that it is (RFC 9068); media types may leave `application/` out."""


class JwtVerifier:
    """Verifies tokens of an issuer for an audience."""

    def __init__(self, issuer: Issuer, audience: str) -> None:
        self._issuer = issuer
        self._audience = audience

    async def claims(self, token: str) -> Mapping[str, Any]:
        """Return what a token says, once all of it was verified.

        Raises:
            Refused: it is not good, or it cannot be told, because the provider does not answer.
        """
        header = _header(token)
        algorithm, kid = header["alg"], header.get("kid")

        def fitting(keys: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
            return [key for key in keys if _fits(key, algorithm, kid)]

        try:
            found = fitting(await self._issuer.keys(lambda keys: bool(fitting(keys))))
        except IssuerError:
            raise Refused(503, "the provider that tokens are of cannot be asked", "Try again in a minute.") from None
        if len(found) != 1:
            raise Refused.token("the token is not signed by a key of the provider")
        return self._verified(token, _key(found[0], algorithm), algorithm)

    def _verified(self, token: str, key: jwt.PyJWK, algorithm: str) -> Mapping[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=self._audience,
                issuer=self._issuer.url,
                leeway=SKEW_SECONDS,
                options={"require": ["exp", "iss", "aud", "sub"], "verify_iat": True, "verify_nbf": True},
            )
        except WRONG as exc:
            raise Refused.token(_why(exc)) from None
        if "cnf" in claims:
            raise Refused.token("the token is bound to a key (cnf), which this server cannot check")
        return claims


WRONG: Final = (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError)
"""What a token can make the library raise."""
_WHY: Final[dict[type[Exception], str]] = {
    jwt.ExpiredSignatureError: "the token has expired",
    jwt.ImmatureSignatureError: "the token is not valid yet",
    jwt.InvalidAudienceError: "the token is for another server",
    jwt.InvalidIssuerError: "the token is of another provider",
}


def _why(exc: Exception) -> str:
    if isinstance(exc, jwt.MissingRequiredClaimError):
        return f"the token has no {exc.claim}"
    return _WHY.get(type(exc), "the token is not valid")


def _header(token: str) -> Mapping[str, Any]:
    """Return the header of a token, once it is certain that nothing in it is beyond this server.

    Raises:
        Refused: something is.
    """
    if len(token) > MOST_CHARACTERS:
        raise Refused.token("the token is too long")
    try:
        header = cast("Mapping[str, Any]", jwt.get_unverified_header(token))
    except WRONG:
        raise Refused.token("the token is not known") from None
    kind, algorithm = header.get("typ") or "", header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in KEY_TYPES:
        raise Refused.token("the token is signed in a way that is not taken")
    is_known = isinstance(kind, str) and kind.lower().removeprefix("application/") in KINDS
    if not is_known or "crit" in header or "b64" in header or not isinstance(header.get("kid", ""), str):
        raise Refused.token("the token is of a kind that is not taken")
    return header


def _fits(key: Mapping[str, Any], algorithm: str, kid: str | None) -> bool:
    is_of_kind = key.get("kty") == KEY_TYPES[algorithm] and key.get("crv") in CURVES.get(algorithm, (None,))
    return (
        is_of_kind
        and key.get("alg") in (None, algorithm)
        and key.get("use") in (None, "sig")
        and (kid is None or key.get("kid") == kid)
    )


def _key(key: Mapping[str, Any], algorithm: str) -> jwt.PyJWK:
    try:
        made = jwt.PyJWK(dict(key), algorithm=algorithm)
    except WRONG:
        raise Refused.token("the key that the token names cannot be used") from None
    if KEY_TYPES[algorithm] == "RSA" and made.key.key_size < LEAST_RSA_BITS:
        raise Refused.token("the key that the token names is too short")
    return made
