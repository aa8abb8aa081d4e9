"""Understanding, transforming and reconciling exports beside one bare pass of `csv.reader` over the same file.

`python -m benchmarks.exports_speed [ROWS] [plain|rich|wild|scattered]`: two rows to an order; `rich` has states,
currencies, missing codes, discounts and totals; in `wild` no two orders cost the same; in `scattered` the rows of an
order lie far apart. The target is `TARGET` times a bare pass and `MEMORY` MB above idle at a million plain rows.
"""

import csv
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from preo_mcp.files.exports import Edition, Settlement, understand

TARGET = 20.0
MEMORY = 16.0
EDITION = Edition("EUR", "+45")
PLAIN = (
    *("Order ID", "Order date", "Email", "First name", "Last name", "Phone"),
    *("Product code", "Product name", "Quantity", "Unit price", "Voucher"),
)
RICH = (
    *("Order ID", "Status", "Email", "Name", "Currency", "SKU", "Product name", "Quantity", "Unit price"),
    *("Discount Amount", "Total"),
)
CODES = ("NF-PARTOUT", "NF-CAMP", "NF-DAY", "NF-DRINK", "NF-PARK")
PRICES = (125000, 30000, 54950, 4950, 7500)


def write(path: Path, count: int, kind: str) -> None:
    """Write an export of `count` rows."""
    rows = {"plain": plain, "rich": rich, "wild": wild, "scattered": plain}[kind](count)
    if kind == "scattered":
        kept = list(rows)
        random.Random(1).shuffle(kept)
        rows = iter(kept)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(RICH if kind in ("rich", "wild") else PLAIN)
        writer.writerows(rows)


def plain(count: int) -> Iterator[tuple[object, ...]]:
    for number in range(count):
        order, customer, code = number // 2, number // 4, CODES[number % 5]
        yield (
            *(f"B{order:07}", f"2026-{order % 12 + 1:02}-01", f"guest{customer}@example.com", "Søren", "Weiß"),
            *(
                f"+45 {20_000_000 + customer}",
                code,
                code.title(),
                number % 4 + 1,
                f"{PRICES[number % 5] / 100:.2f}",
                "",
            ),
        )


def rich(count: int) -> Iterator[tuple[object, ...]]:
    dice = random.Random(1)
    head = ("",) * 6
    for number in range(count):
        order, customer, code = number // 2, number // 4, CODES[number % 5]
        if number % 2 == 0:
            sizes = [((number + at) % 4 + 1) * PRICES[(number + at) % 5] for at in (0, 1)]
            off = sum(sizes) // 10 if dice.random() < 0.2 else 0
            head = (
                dice.choices(("paid", "refunded", "pending"), (90, 6, 4))[0],
                f"guest{customer}@example.com",
                "Søren Weiß",
                dice.choices(("EUR", "USD"), (98, 2))[0],
                f"{off / 100:.2f}",
                f"{(sum(sizes) - off) / 100:.2f}",
            )
        state, email, name, currency, less, total = head if number % 2 == 0 else ("",) * 6
        price = f"{PRICES[number % 5] / 100:.2f}"
        sku = code if number % 17 else ""
        yield f"B{order:07}", state, email, name, currency, sku, code.title(), number % 4 + 1, price, less, total


def wild(count: int) -> Iterator[tuple[object, ...]]:
    dice = random.Random(1)
    for number in range(count):
        order, customer, code = number // 2, number // 4, CODES[number % 5]
        price = f"{dice.randint(100, 10**7) / 100:.2f}"
        head = (f"B{order:07}", "paid", f"guest{customer}@example.com", "Søren Weiß", "EUR")
        yield *head, code, code.title(), number % 4 + 1, price, "0.00", ""


def bare(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file):
            pass


def settled(path: Path) -> Settlement:
    understanding = understand(path, EDITION, workdir=path.parent)
    found = understanding.settle()
    return understanding.settle([f"{one.key}: {one.recommended}" for one in found.open])


def seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


MEASURED = """
import sys
from pathlib import Path
from benchmarks.exports_speed import PLAIN, settled, write

def peak():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0

path = Path(sys.argv[1])
small = path.with_name("small.csv")
write(small, 2000, "plain")
settled(small).write(small.with_name("small-plain.csv"))
idle = peak()
settled(path).write(path.with_name("plain-table.csv"))
print(peak() - idle)
"""


def grown(path: Path) -> float:
    """MB that a process of its own grows by, from an idle in which a small file was imported already."""
    command = [sys.executable, "-c", MEASURED, str(path)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main(count: int, kind: str, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / f"{kind}.csv", Path(folder) / "out.csv"
        write(path, count, kind)
        found = settled(path)
        works: dict[str, Callable[[], object]] = {
            "bare csv pass": lambda: bare(path),
            "understand and settle": lambda: settled(path),
            "transform": lambda: found.write(out),
        }
        times: dict[str, list[float]] = {what: [] for what in works}
        for _ in range(rounds):  # side by side, because the machine is not alone
            for what, work in works.items():
                times[what].append(seconds(work))
        print(f"{count:,} rows, {kind}, {path.stat().st_size / 1e6:.0f} MB: {found.announced}")
        base, both = times["bare csv pass"], [0.0] * rounds
        for what, some in times.items():
            ratios = [one / other for one, other in zip(some, base, strict=True)]
            both = [one + two for one, two in zip(both, ratios, strict=True)] if what != "bare csv pass" else both
            print(f"  {what}: {min(some):.2f} s, {median(ratios):.1f} ×")
        verdict = "met" if median(both) <= TARGET else "MISSED"
        print(f"  all: {median(both):.1f} × (target {TARGET:.0f} ×: {verdict})")
        print(f"  memory: +{grown(path):.1f} MB above idle (target {MEMORY:.0f} MB)")


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 200_000,
        sys.argv[2] if len(sys.argv) > 2 else "plain",
        int(sys.argv[3]) if len(sys.argv) > 3 else 3,
    )
