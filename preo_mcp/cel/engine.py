"""The engine, imported with this module: import it where it is needed only, because that takes a while."""

from cel_expr_python import cel  # pyright: ignore[reportMissingTypeStubs] - they stand in the package itself

__all__ = ["cel"]
