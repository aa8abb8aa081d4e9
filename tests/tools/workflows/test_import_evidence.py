"""What a file shows about itself."""

from pathlib import Path

import anyio
import pytest

from preo_mcp.api.errors import ValidationError
from preo_mcp.files.sources import Source
from preo_mcp.tools.workflows.evidence import SHOWN_LENGTH, evidence_of


async def test_values_are_the_first_different_ones_cut_short() -> None:
    rows = [
        "Email,SKU,Quantity,Note",
        f'ida@example.org,NF-1,1,"{"æ" * 80}"',
        "ida@example.org,,2,",
        "bo@example.org,NF-1,3,x",
    ]
    evidence = await evidence_of(Source("orders.csv", "\n".join(rows).encode()))
    assert evidence.columns["Email"].samples == "ida@example.org · bo@example.org"
    assert evidence.columns["SKU"].samples == "NF-1"
    assert evidence.columns["Quantity"].samples == "1 · 2 · 3"
    assert evidence.columns["Note"].samples == f"{'æ' * (SHOWN_LENGTH - 1)}… · x"
    assert evidence.columns["Email"].suggestion == "customer_email"


@pytest.mark.parametrize("content", [b"", b"\n\n \n", b"PK\x03\x04 no workbook"])
async def test_what_is_no_table_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(ValidationError) as caught:
        await evidence_of(Source("orders.xlsx", content))
    assert caught.value.why
    assert caught.value.next_step


def test_nothing_stays_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    anyio.run(evidence_of, Source("orders.csv", b"Email,SKU,Quantity\nida@example.org,NF-1,1\n"))
    assert list(tmp_path.iterdir()) == []
