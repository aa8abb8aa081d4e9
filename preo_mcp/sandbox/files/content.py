"""What a file is: by its first bytes where they tell, else by its name's extension; never by what the uploader says."""

from collections.abc import Mapping
from mimetypes import MimeTypes
from types import MappingProxyType

UNKNOWN = "application/octet-stream"

SIGNATURES: Mapping[bytes, str] = MappingProxyType(
    {
        b"\x89PNG\r\n\x1a\n": "image/png",
        b"\xff\xd8\xff": "image/jpeg",
        b"GIF87a": "image/gif",
        b"GIF89a": "image/gif",
        b"%PDF-": "application/pdf",
    }
)
WEBP = (b"RIFF", b"WEBP")

SHOWN_INLINE = frozenset({*SIGNATURES.values(), "image/webp"})
"""Types that a browser may show; everything else is downloaded, because HTML or SVG could run scripts."""

_BY_NAME = MimeTypes(filenames=())  # without the machine's own tables, so that it is the same everywhere


def content_type(content: bytes, file_name: str) -> str:
    """Return the media type of a file.

    A name that promises one of the recognisable types without their first bytes gives `application/octet-stream`.
    """
    for signature, kind in SIGNATURES.items():
        if content.startswith(signature):
            return kind
    if content[:4] == WEBP[0] and content[8:12] == WEBP[1]:
        return "image/webp"
    named, encoding = _BY_NAME.guess_type(file_name, strict=True)
    return UNKNOWN if named is None or encoding or named in SHOWN_INLINE else named
