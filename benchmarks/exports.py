"""`python -m benchmarks.exports`: how the layouts of many services come in; exits 1 where anything is wrong."""

import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.files.exports.invented_orders import layouts
from tests.files.exports.judging import ASPECTS, Judged, judge


def main() -> int:
    """Judge all layouts, or those whose name contains an argument, and print a line for each."""
    wanted = [one for one in sys.argv[1:] if not one.startswith("-")]
    found = list[Judged]()
    with tempfile.TemporaryDirectory() as folder:
        for name, layout in layouts().items():
            if not wanted or any(one in name for one in wanted):
                found.append(judge(name, layout, Path(folder))[0])
    print(f"{'layout':<36} {'service':<14} " + " ".join(f"{aspect:<8}" for aspect in ASPECTS))
    for one in found:
        print(f"{one.name:<36} {one.service:<14} " + " ".join(f"{one.aspects[aspect]:<8}" for aspect in ASPECTS))
        for why in one.why:
            if "-v" in sys.argv or not why.startswith("asked") or why.removeprefix("asked: ") in one.needless:
                print(f"    {why}")
    print(_summary(found))
    return int(any("wrong" in one.aspects.values() for one in found))


def _summary(found: list[Judged]) -> str:
    counts = {aspect: Counter(one.aspects[aspect] for one in found) for aspect in ASPECTS}
    services, languages = {one.service for one in found if one.known}, {one.language for one in found}
    lines = [f"\n{len(found)} layouts, {len(services)} services, {len(languages)} languages"]
    for aspect, count in counts.items():
        lines.append(f"{aspect:<8} right {count['right']}, asked {count['asked']}, wrong {count['wrong']}")
    wrong = sum(one.columns_wrong for one in found)
    lines.append(f"{sum(one.columns_right for one in found) + wrong} columns, {wrong} wrong")
    asked, needless = sum(len(one.asked) for one in found), sum(len(one.needless) for one in found)
    share = 100 * sum(bool(one.needless) for one in found) / max(len(found), 1)
    lines.append(f"{asked} questions, {needless} without need, in {share:.0f} % of the layouts")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
