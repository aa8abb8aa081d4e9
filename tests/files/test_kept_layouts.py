"""Layouts in the state folder: private, whole, bounded, and what cannot be read counts as absent."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from preo_mcp.files.exports.remembering import Meant, Memory
from preo_mcp.files.kept_layouts import MOST_BYTES, MOST_KEPT, KeptLayout, KeptLayouts, Layout

MADE = datetime(2027, 3, 3, 12, tzinfo=UTC)
MEMORY = Memory("shopify", (("email", "sku"),), {"sku": ("product_code",)}, {"people": "buyer"}, {}, ())


def kept(number: int = 1, account: str = "theirs", *, is_sandbox: bool = False) -> KeptLayout:
    """Return a layout, the later the higher its number."""
    layout = Layout("org_1", "edt_1", "Summer", MEMORY)
    return KeptLayout(f"lay_{number:012x}", MADE + timedelta(minutes=number), account, is_sandbox, layout)


@pytest.fixture
def layouts(tmp_path: Path) -> KeptLayouts:
    return KeptLayouts(tmp_path)


def test_what_is_put_is_found_the_newest_first(layouts: KeptLayouts) -> None:
    assert layouts.all().layouts == ()
    for number in (2, 1, 3):
        layouts.put(kept(number))
    assert [one.made.minute for one in layouts.all().layouts] == [3, 2, 1]
    assert layouts.all().layouts[0] == kept(3)
    assert layouts.all().damaged == ()


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
def test_it_is_its_owners_alone(layouts: KeptLayouts) -> None:
    layouts.put(kept())
    assert layouts.folder.stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in layouts.folder.iterdir()] == [0o600], "and no draft is left"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"{}",
        b"\xff\xfe",
        b'{"id": "lay_000000000001"}',
        b"[" * 100_000,
        b" " * (MOST_BYTES + 1),
    ],
)
def test_what_is_damaged_is_said_and_counts_as_absent(layouts: KeptLayouts, content: bytes) -> None:
    layouts.put(kept(1))
    layouts.put(kept(2))
    path = layouts.folder / f"{kept(1).id}.json"
    path.write_bytes(content)
    found = layouts.all()
    assert found.layouts == (kept(2),)
    [why] = found.damaged
    assert str(path) in why


@pytest.mark.parametrize(
    "change",
    [
        replace(kept(1), version=2),
        replace(kept(1), id="lay_00000000ffff"),
        replace(kept(1), made=MADE.replace(tzinfo=None)),
        replace(kept(1), layout=replace(kept(1).layout, memory=replace(MEMORY, headings=()))),
    ],
)
def test_what_another_version_wrote_counts_as_absent(layouts: KeptLayouts, change: KeptLayout) -> None:
    layouts.put(change)
    [path] = layouts.folder.iterdir()
    path.rename(layouts.folder / f"{kept(1).id}.json")
    assert layouts.all().layouts == ()
    assert len(layouts.all().damaged) == 1


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
def test_what_others_can_write_or_a_link_is_not_read(layouts: KeptLayouts, tmp_path: Path) -> None:
    for number in (1, 2):
        layouts.put(kept(number))
    (layouts.folder / f"{kept(1).id}.json").chmod(0o666)
    (tmp_path / "elsewhere").write_bytes((layouts.folder / f"{kept(2).id}.json").read_bytes())
    (layouts.folder / f"{kept(2).id}.json").unlink()
    (layouts.folder / f"{kept(2).id}.json").symlink_to(tmp_path / "elsewhere")
    found = layouts.all()
    assert found.layouts == ()
    assert len(found.damaged) == 2
    layouts.folder.chmod(0o755)
    assert "other users of this computer can enter it" in layouts.all().damaged[0]
    with pytest.raises(OSError, match="other users"):
        layouts.put(kept(3))


def test_an_account_has_so_many_at_most_and_the_oldest_go(layouts: KeptLayouts) -> None:
    layouts.put(kept(0, "another"))
    for number in range(1, MOST_KEPT + 3):
        layouts.put(kept(number))
    found = layouts.all().layouts
    assert len(found) == MOST_KEPT + 1
    assert found[0] == kept(MOST_KEPT + 2)
    assert found[-1].account == "another", "what another account has stays"


def test_of_all_together_those_of_sandboxes_go_first(layouts: KeptLayouts) -> None:
    for number in range(4 * MOST_KEPT):
        layouts.put(kept(number, f"account {number}", is_sandbox=number in (100, 150)))
    layouts.put(kept(1000, "new"))
    layouts.put(kept(1001, "newer"))
    left = {one.account for one in layouts.all().layouts}
    assert len(left) == 4 * MOST_KEPT
    assert {"account 0", "new", "newer"} <= left
    assert not {"account 100", "account 150"} & left


def test_what_is_too_large_is_not_kept(layouts: KeptLayouts) -> None:
    products = tuple(Meant("x" * 100, "y" * 100, f"prd_{number}") for number in range(2000))
    large = replace(kept(), layout=replace(kept().layout, memory=replace(MEMORY, products=products)))
    with pytest.raises(ValueError, match="too large"):
        layouts.put(large)
    assert layouts.all().layouts == ()


def test_to_delete_one_or_all(layouts: KeptLayouts) -> None:
    for number in (1, 2, 3):
        layouts.put(kept(number))
    (layouts.folder / f"{kept(2).id}.json").write_bytes(b"damaged")
    assert layouts.delete(kept(1).id)
    assert not layouts.delete(kept(1).id)
    assert not layouts.delete("../../master.key")
    assert layouts.delete(kept(2).id), "also what cannot be read"
    assert layouts.all().layouts == (kept(3),)
    assert layouts.delete_all() == 1
    assert layouts.delete_all() == 0


WRITER = """
import sys
from pathlib import Path
from tests.files.test_kept_layouts import kept
from preo_mcp.files.kept_layouts import KeptLayouts
for number in range(40):
    layouts = KeptLayouts(Path(sys.argv[1]))
    layouts.put(kept(number % 3, sys.argv[2]))
    assert not layouts.all().damaged, layouts.all().damaged
"""


def test_two_processes_that_write_at_once_leave_whole_files(layouts: KeptLayouts, tmp_path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), account]) for account in "ab"]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    found = layouts.all()
    assert len(found.layouts) == 3
    assert not found.damaged
    assert len(list(layouts.folder.iterdir())) == 3
