"""The engine as conditions need it: the context's variables, and numbers that compare whatever their kind.

CEL's checker takes `o.total > 500` for a mistake, because a double stands beside an int; the evaluation compares them
without trouble. So the comparisons of the standard library are left out and declared again with every pair of numbers,
without an implementation of their own: the engine keeps its.
"""

from functools import cache
from typing import TYPE_CHECKING, Final

from preo_mcp.cel.context import EDITION_VARIABLE, TYPES, VARIABLES, Kind
from preo_mcp.cel.messages import PACKAGE, pool

if TYPE_CHECKING:
    from preo_mcp.cel.engine import cel

ORDERINGS: Final = {"_<_": "less", "_<=_": "less_equals", "_>_": "greater", "_>=_": "greater_equals"}
EQUALITIES: Final = {"_==_": "equals", "_!=_": "not_equals"}

NUMBERS: Final = {"int64": "Int64Value", "uint64": "UInt64Value", "double": "DoubleValue"}
SCALARS: Final = {"string": "StringValue", "bytes": "BytesValue", "bool": "BoolValue"}
"""As wrappers, which take both a plain value and null."""


@cache
def environment(*, has_edition: bool) -> "cel.Env":
    """Return the environment of conditions with or without an edition; it is made once."""
    from preo_mcp.cel.engine import cel

    excluded = "".join(f'  - name: "{operator}"\n' for operator in (*ORDERINGS, *EQUALITIES))
    config = cel.NewEnvConfigFromYaml(f"stdlib:\n  exclude_functions:\n{excluded}")
    variables = {
        variable.name: cel.Type.TIMESTAMP if variable.type == Kind.TIMESTAMP else cel.Type(f"{PACKAGE}.{variable.type}")
        for variable in VARIABLES
        if has_edition or variable is not EDITION_VARIABLE
    }
    return cel.NewEnv(pool(), config=config, functions=_comparisons(), variables=variables)


def _comparisons() -> "list[cel.FunctionDecl]":
    from preo_mcp.cel.engine import cel

    kind = cel.Type
    numbers = {name: kind(f"google.protobuf.{wrapper}") for name, wrapper in NUMBERS.items()}
    ordered = {name: kind(f"google.protobuf.{wrapper}") for name, wrapper in SCALARS.items()}
    ordered |= {"timestamp": kind.TIMESTAMP, "duration": kind.DURATION}
    others = {"list": kind.List(kind.DYN), "map": kind.Map(kind.DYN, kind.DYN)}
    others |= {name: kind(f"{PACKAGE}.{name}") for name in TYPES}

    def declared(operator: str, name: str, same: "dict[str, cel.Type]") -> cel.FunctionDecl:
        mixed = [
            cel.Overload(f"{name}_{left}_{right}", kind.BOOL, [first, second])
            for left, first in numbers.items()
            for right, second in numbers.items()
        ]
        alike = [cel.Overload(f"{name}_{suffix}", kind.BOOL, [one, one]) for suffix, one in same.items()]
        return cel.FunctionDecl(operator, [*mixed, *alike])

    return [
        *(declared(operator, name, ordered) for operator, name in ORDERINGS.items()),
        *(declared(operator, name, ordered | others) for operator, name in EQUALITIES.items()),
    ]
