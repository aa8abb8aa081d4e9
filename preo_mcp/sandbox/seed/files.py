"""A few files of the organizers, small and valid, some of them in use."""

import struct
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from preo_mcp.sandbox.clock import iso
from preo_mcp.sandbox.files.documents import add_file, content_type
from preo_mcp.sandbox.files.usages import EDITION_FIELD, PRODUCT_FIELD
from preo_mcp.sandbox.seed.editions import PAST, RUNNING, UPCOMING
from preo_mcp.sandbox.seed.organizations import ELBKLANG, NORDLYS, Organization
from preo_mcp.sandbox.store import Doc, Store

SIDE = 16
"""Pixels of a picture's side."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A file, how many days ago it was uploaded, and the editions and products that use it."""

    id: str
    organization: Organization
    file_name: str
    tags: tuple[str, ...]
    content: bytes
    days_ago: int
    alt_text: str | None = None
    editions: tuple[str, ...] = ()
    products: tuple[str, ...] = ()


def png(red: int, green: int, blue: int) -> bytes:
    """Return a square picture of one colour; uncompressed, so that it is the same everywhere."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    pixels = (b"\0" + bytes((red, green, blue)) * SIDE) * SIDE
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(pixels, 0)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def pdf(text: str) -> bytes:
    """Return a page with a line of ASCII text."""
    shown = f"BT /F1 18 Tf 72 720 Td ({text}) Tj ET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        f"<< /Length {len(shown)} >>\nstream\n{shown}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        "<< /Font << /F1 5 0 R >> >>",
    )
    out, offsets = "%PDF-1.4\n", [0]
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets[1:])
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
    return f"{out}{end}startxref\n{len(out)}\n%%EOF\n".encode("ascii")


PLANS = (
    Plan(
        *("fil_nordlysposter", NORDLYS, "nordlys-plakat.png", ("plakat", "festival"), png(16, 32, 96), 300),
        alt_text="Nordlys over Aarhus",
        editions=(RUNNING.id, UPCOMING.id),
    ),
    Plan("fil_nordlyslogo", NORDLYS, "nordlys-logo.png", ("logo", "e-mail"), png(0, 160, 120), 310),
    Plan(
        *("fil_nordlystshirt", NORDLYS, "t-shirt.png", ("merchandise",), png(200, 40, 40), 200),
        products=(f"prd_{RUNNING.key}_tshirt", f"prd_{UPCOMING.key}_tshirt"),
    ),
    Plan("fil_nordlysmap", NORDLYS, "Pladskort Aarhus.pdf", ("kort", "festival"), pdf("Nordlys Aarhus"), 40),
    Plan("fil_nordlyshours", NORDLYS, "Åbningstider.csv", (), "dag;åbner\nfredag;12\n".encode(), 20),
    Plan(
        *("fil_elbklangposter", ELBKLANG, "elbklang-plakat.png", ("Plakat",), png(240, 180, 20), 500),
        editions=(PAST.id,),
    ),
    Plan("fil_elbklangrules", ELBKLANG, "Hausordnung.pdf", ("Aushang",), pdf("Hausordnung"), 480),
)


def add_files(store: Store, today: datetime) -> None:
    """Write the files, and into editions and products that they use them."""
    for plan in PLANS:
        add_file(store, _doc(plan, iso(today - timedelta(days=plan.days_ago))), plan.content)
        for table, ids, changed in (
            ("editions", plan.editions, {EDITION_FIELD: plan.id}),
            ("products", plan.products, {PRODUCT_FIELD: [plan.id]}),
        ):
            for used_by in ids:
                store.update(table, used_by, {**(store.doc(table, used_by) or {}), **changed})


def _doc(plan: Plan, created: str) -> Doc:
    return {
        "api_id": plan.id,
        "file_name": plan.file_name,
        "organization_id": plan.organization.id,
        "content_type": content_type(plan.content, plan.file_name),
        "size": len(plan.content),
        "image_alt_text": plan.alt_text,
        "caption": None,
        "copyright": None,
        "tags": list(plan.tags),
        "created_at": created,
        "updated_at": created,
        "key": blake2b(plan.id.encode(), digest_size=16).hexdigest(),
    }
