"""Liquid within limits: of what is written, looped, nested, stored and worked on; nothing can be loaded or reached.

A template works on plain values (text, numbers, lists, dictionaries) and yields plain text. HTML is made from that text
afterwards, escaped as a whole: neither a customer's name nor a filter can put markup into an e-mail.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from time import monotonic
from typing import Any, cast

from liquid import BoundTemplate, Environment, RenderContext, Token
from liquid.context import UNDEFINED
from liquid.exceptions import LiquidError, LiquidInterrupt, LoopIterationLimitError
from liquid.output import LimitedStringIO
from liquid.undefined import Undefined

from preo_mcp.sandbox.mail.faults import Missing, TemplateFault
from preo_mcp.sandbox.mail.filters import keep_safe_filters

OUTPUT_LIMIT = 100_000
"""Bytes that one template can write."""
NAMESPACE_LIMIT = 100_000
"""Bytes that its own variables can hold."""
NESTING_LIMIT = 12
"""How deep tags can stand in each other."""
MAX_WORK = 3_000_000
"""The letters of a template times the turns of its loops, in all: what bounds its work whatever a turn does."""
TIME_LIMIT = 0.5
"""Seconds that the templates of one message can take together."""

TAGS = frozenset(
    {
        *("content", "output", "illegal", "#", "comment", "assign", "capture", "case", "if", "unless"),
        *("for", "break", "continue", "cycle", "echo"),
    }
)
"""No tag that loads another template, makes HTML, or switches to another syntax."""

PROPERTIES = frozenset({"size", "first", "last"})
"""What Liquid itself adds to lists and texts."""

Names = Mapping[str, Any]
"""The variables there are: a mapping where a name leads on, anything else where it ends."""

COMPILED = 512
"""How many templates are kept as they were read."""


class Deadline:
    """The moment until which rendering may go on."""

    def __init__(self, seconds: float = TIME_LIMIT) -> None:
        self.end = monotonic() + seconds

    def check(self) -> None:
        """Go on, or not.

        Raises:
            TemplateFault: the time is up.
        """
        if monotonic() > self.end:
            raise TemplateFault("It takes too long: make it shorter, with fewer loops.")


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a template wrote, and the variables that it asked for in vain."""

    text: str
    missing: Sequence[Missing]


class _Context(RenderContext):
    """Remembers what was asked for in vain, and counts the work."""

    def __init__(self, template: BoundTemplate, values: Mapping[str, object], deadline: Deadline, letters: int) -> None:
        super().__init__(template, globals=values)
        self.missing: dict[Missing, None] = {}
        self._deadline = deadline
        self._letters = letters
        self._work = 0

    def get(self, path: list[object], *, token: Token | None, default: object = UNDEFINED) -> object:
        self._deadline.check()
        found = super().get(path, token=token, default=default)
        if isinstance(found, Undefined):
            self.missing[Missing(spelled(path), line_of(token))] = None
        return found

    def assign(self, key: str, val: Any) -> None:
        self._deadline.check()
        super().assign(key, val)

    def raise_for_loop_limit(self, length: int = 1) -> None:
        self._deadline.check()
        self._work += length * self._letters
        if self._work > MAX_WORK:
            raise LoopIterationLimitError("the loops take too many turns", token=None)


class Template:
    """A template that could be read."""

    def __init__(self, source: str) -> None:
        """Read `source`.

        Raises:
            TemplateFault: it is not Liquid, or uses what there is not here.
        """
        self._letters = len(source)
        with _faults():
            self._template = _environment().from_string(source)
            self._named = list(_named(self._template, source))

    def unknown(self, names: Names) -> Iterator[Missing]:
        """Yield the variables that the template names anywhere and that are not among `names`."""
        for path, line in self._named:
            if (name := unknown_part(path, names)) is not None:
                yield Missing(name, line)

    def render(self, values: Mapping[str, object], deadline: Deadline) -> Rendered:
        """Return what the template makes of `values`.

        Raises:
            TemplateFault: it does what cannot be done, or goes beyond a limit.
        """
        context = _Context(self._template, values, deadline, self._letters)
        buffer = LimitedStringIO(limit=OUTPUT_LIMIT)
        with _faults():
            self._template.render_with_context(context, buffer)
        return Rendered(buffer.getvalue(), [one for one in context.missing if _is_of_its_own(one, self._named, values)])


@lru_cache(maxsize=COMPILED)
def compiled(source: str) -> Template:
    """Return the template that `source` spells.

    Raises:
        TemplateFault: it is not Liquid, or uses what there is not here.
    """
    return Template(source)
