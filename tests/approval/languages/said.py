"""Every text of ours that a person can be shown, found in the code."""

import ast
from collections.abc import Iterator
from pathlib import Path

import preo_mcp

WORDING = "preo_mcp.approval.wording"


def texts() -> dict[str, str]:
    """Return each text with the place that says it; a call whose text is no literal fails."""
    found: dict[str, str] = {}
    root = Path(preo_mcp.__file__).parent
    for path in sorted(root.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if not _imports_say(tree):
            continue
        for call in _calls(tree):
            place = f"{path.relative_to(root.parent)}:{call.lineno}"
            match call.args:
                case [ast.Constant(value=str(text))]:
                    found.setdefault(text, place)
                case _:
                    raise AssertionError(f"{place}: say() needs its text as a literal")
    return found


def _imports_say(tree: ast.Module) -> bool:
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == WORDING)
    return any(name.name == "say" for node in imports for name in node.names)


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
            yield node
