"""The engine as conditions need it: the context's variables, and numbers that compare whatever their kind.

CEL's checker takes `o.total > 500` for a mistake, because a double stands beside an int; the evaluation compares them
without trouble. So the comparisons of the standard library are left out and declared again with every pair of numbers,
without an implementation of their own: the engine keeps its.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from preo_mcp.cel.context import KNOWN, Context, Kind, without_edition
from preo_mcp.cel.messages import MOST_CONTEXTS, PACKAGE, pool

if TYPE_CHECKING:
    from preo_mcp.cel.engine import cel

ORDERINGS: Final = {"_<_": "less", "_<=_": "less_equals", "_>_": "greater", "_>=_": "greater_equals"}
EQUALITIES: Final = {"_==_": "equals", "_!=_": "not_equals"}

NUMBERS: Final = {"int64": "Int64Value", "uint64": "UInt64Value", "double": "DoubleValue"}
SCALARS: Final = {"string": "StringValue", "bytes": "BytesValue", "bool": "BoolValue"}
"""As wrappers, which take both a plain value and null."""

MOST_ARGUMENTS: Final = 4
"""Of a function of which only the name is known."""


def environment(*, has_edition: bool) -> "cel.Env":
    """Return the environment of conditions with or without an edition; it is made once."""
    return environment_of(offered(has_edition=has_edition))


def offered(context: Context = KNOWN, *, has_edition: bool) -> Context:
    """Return what a condition with or without an edition can name."""
    return context if has_edition else without_edition(context)


def engine_is_ready() -> bool:
    """Return whether the engine is loaded and an environment made."""
    return environment_of.cache_info().currsize > 0


@lru_cache(maxsize=MOST_CONTEXTS)
def environment_of(context: Context) -> "cel.Env":
    """Return the environment of conditions that name what `context` offers."""
    from preo_mcp.cel.engine import cel

    excluded = "".join(f'  - name: "{operator}"\n' for operator in (*ORDERINGS, *EQUALITIES))
    config = cel.NewEnvConfigFromYaml(f"stdlib:\n  exclude_functions:\n{excluded}")
    plain = {
        Kind.STRING: cel.Type.STRING,
        Kind.BOOL: cel.Type.BOOL,
        Kind.DOUBLE: cel.Type.DOUBLE,
        Kind.TIMESTAMP: cel.Type.TIMESTAMP,
        Kind.INT: cel.Type.INT,
        Kind.ANY: cel.Type.DYN,
    }
    names = {one.name for one in context.types}
    variables = {
        one.name: cel.Type(f"{PACKAGE}.{one.type}") if one.type in names else plain[Kind(one.type)]
        for one in context.variables
    }
    functions = [*_comparisons(names), *map(_open_function, context.functions)]
    return cel.NewEnv(pool(context.types), config=config, functions=functions, variables=variables)


def _open_function(name: str) -> "cel.FunctionDecl":
    """Return a function of which only the name is known: it takes anything, as a method too."""
    from preo_mcp.cel.engine import cel

    overloads = [
        cel.Overload(f"{name}_{kind}_{count}", cel.Type.DYN, [cel.Type.DYN] * count, is_member=kind == "member")
        for kind, least in (("global", 0), ("member", 1))
        for count in range(least, MOST_ARGUMENTS + 1)
    ]
    return cel.FunctionDecl(name, overloads)


def _comparisons(names: set[str]) -> "list[cel.FunctionDecl]":
    from preo_mcp.cel.engine import cel

    kind = cel.Type
    numbers = {name: kind(f"google.protobuf.{wrapper}") for name, wrapper in NUMBERS.items()}
    ordered = {name: kind(f"google.protobuf.{wrapper}") for name, wrapper in SCALARS.items()}
    ordered |= {"timestamp": kind.TIMESTAMP, "duration": kind.DURATION}
    others = {"list": kind.List(kind.DYN), "map": kind.Map(kind.DYN, kind.DYN)}
    others |= {name: kind(f"{PACKAGE}.{name}") for name in names}

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
