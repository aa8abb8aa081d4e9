"""The real o200k tokenizer, loaded when first asked (40 MB of vocabulary)."""

import warnings
from functools import cache
from typing import Protocol


class _Encoding(Protocol):
    def encode(self, text: str) -> list[int]: ...


@cache
def _encoding() -> _Encoding:
    with warnings.catch_warnings():
        # The package reads its data by a function that the standard library has deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        import bpe_openai  # pyright: ignore[reportMissingTypeStubs] - it has none

        return bpe_openai.get_encoding("o200k_base")


def tokens(text: str) -> int:
    """Return how many tokens `text` takes."""
    return len(_encoding().encode(text))
