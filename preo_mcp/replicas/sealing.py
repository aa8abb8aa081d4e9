"""Encryption of what stands in a Redis that others can read: AES-256-GCM, under the name that it stands under.

Threat: whoever reaches that Redis could read customers' data, or write a yes. So what was not sealed by the key, and
under this name, is nothing.
"""

import secrets
from base64 import b64decode, b64encode
from typing import Final

NONCE_BYTES: Final = 12


class Sealing:
    """Encrypts and authenticates what stands under a name.

    Args:
        key: 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._cipher = AESGCM(key)

    def sealed(self, name: str, doc: bytes) -> str:
        """Return a text that only the key opens, and only under its name."""
        return b64encode(self.sealed_bytes(name, doc)).decode()

    def opened(self, name: str, text: str) -> bytes | None:
        """Return what was sealed; None for what was not sealed by this key and under this name."""
        try:
            return self.opened_bytes(name, b64decode(text, validate=True))
        except ValueError:
            return None

    def sealed_bytes(self, name: str, doc: bytes) -> bytes:
        """Return bytes that only the key opens, and only under their name."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, doc, name.encode())

    def opened_bytes(self, name: str, held: bytes) -> bytes | None:
        """Return what was sealed as bytes; None for what was not sealed by this key and under this name."""
        from cryptography.exceptions import InvalidTag

        try:
            return self._cipher.decrypt(held[:NONCE_BYTES], held[NONCE_BYTES:], name.encode())
        except (ValueError, InvalidTag):
            return None
