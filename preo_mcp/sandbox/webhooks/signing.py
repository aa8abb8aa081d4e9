"""The signature by which a receiver knows that a delivery is genuine and fresh.

`Preo-Signature: t=<seconds since 1970>,v1=<hex>`, where v1 is the HMAC-SHA256 of `<t>.<body>` with the secret as it was
shown, prefix included, as key. While two secrets are valid there is a v1 for each, the newest first (all inferred).
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what every secret begins with
SIGNATURE_HEADER: Final = "Preo-Signature"


def new_secret() -> str:
    """Return a secret that nobody can guess."""
    return f"{SECRET_PREFIX}{secrets.token_hex(24)}"


def signature(keys: Sequence[str], moment: datetime, body: bytes) -> str:
    """Return the header's value for a body that is sent at a moment."""
    stamp = int(moment.timestamp())
    signed = b"%d.%b" % (stamp, body)
    digests = [hmac.new(key.encode(), signed, hashlib.sha256).hexdigest() for key in keys]
    return ",".join([f"t={stamp}", *(f"v1={digest}" for digest in digests)])
