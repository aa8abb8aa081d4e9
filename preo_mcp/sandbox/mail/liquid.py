"""Liquid within limits: of what is written, looped, nested, stored and worked on; nothing can be loaded or reached.

A template works on plain values (text, numbers, lists, dictionaries) and yields plain text. HTML is made from that text
afterwards, escaped as a whole: neither a customer's name nor a filter can put markup into an e-mail. What is wrong with
a template is told with its place in the text.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from time import monotonic
from typing import Any, TypeGuard

from liquid import BoundTemplate, Environment, RenderContext, Token
from liquid.exceptions import LiquidError, LiquidInterrupt, LoopIterationLimitError
from liquid.output import LimitedStringIO
from liquid.static_analysis import TemplateAnalysis
from liquid.undefined import UNDEFINED, Undefined

from preo_mcp.sandbox.mail.filters import keep_safe_filters
from preo_mcp.text.plain_text import one_line

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

NAME_LENGTH = 120
MESSAGE_LENGTH = 300
"""Characters of a name and of a reason that are reported."""

PROPERTIES = frozenset({"size", "first", "last"})
"""What Liquid itself adds to lists and texts."""

Values = Mapping[str, object]
"""What templates can name: mappings where a name leads on, None where there is a name and nothing to say."""

Segments = Sequence[object]
"""A path such as `order.items[0]`; a part that is itself a path is not a text or number."""

COMPILED = 512
"""How many templates are kept as they were read."""


class TemplateFault(Exception):
    """A template that cannot be read or rendered: why, and in which line (from 1; None where that is not known)."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass(frozen=True, slots=True)
class Missing:
    """A variable that does not exist, by the part of its path up to where it ends, and the line that names it."""

    name: str
    line: int


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


class Template:
    """A template that could be read."""

    def __init__(self, source: str) -> None:
        """Read `source`.

        Raises:
            TemplateFault: it is not Liquid, or uses what is not available here.
        """
        self._letters = len(source)
        with _faults():
            self._template = _environment().from_string(source)
            analysis = self._template.analyze(include_partials=False)
        self._named = list(_named(analysis, source))
        for name, spans in analysis.filters.items():
            if name not in _environment().filters:
                raise TemplateFault(f"unknown filter '{name}'", _line(source, spans[0].index))

    def render(self, values: Values, deadline: Deadline) -> Rendered:
        """Return what the template makes of `values`.

        Missing are all variables that it names anywhere and that are not among `values`, reached or not, and what was
        not there when it was asked for.

        Raises:
            TemplateFault: it does what cannot be done, or goes beyond a limit.
        """
        context = _Context(self._template, values, deadline, self._letters)
        buffer = LimitedStringIO(limit=OUTPUT_LIMIT)
        with _faults():
            self._template.render_with_context(context, buffer)
        named = [Missing(name, line) for path, line in self._named if (name := unknown_part(path, values)) is not None]
        return Rendered(buffer.getvalue(), list(dict.fromkeys([*named, *context.missing])))


class _Context(RenderContext):
    """Remembers what was asked for in vain, and counts the work."""

    def __init__(self, template: BoundTemplate, values: Values, deadline: Deadline, letters: int) -> None:
        super().__init__(template, globals=values)
        self.missing: list[Missing] = []
        self._deadline = deadline
        self._letters = letters
        self._work = 0

    def get(self, path: list[object], *, token: Token | None, default: object = UNDEFINED) -> object:
        self._deadline.check()
        found = super().get(path, token=token, default=default)
        if isinstance(found, Undefined) and path[0] in self.scope:  # what is not even there was named by the analysis
            name = (unknown_part(path, self.globals) if path[0] in self.globals else None) or _spelled(path)
            self.missing.append(Missing(name, _line(token.source, token.start_index) if token else 1))
        return found

    def assign(self, key: str, val: Any) -> None:
        self._deadline.check()
        super().assign(key, val)

    def raise_for_loop_limit(self, length: int = 1) -> None:
        self._deadline.check()
        self._work += length * self._letters
        if self._work > MAX_WORK:
            raise LoopIterationLimitError("the loops take too many turns", token=None)


@lru_cache(maxsize=COMPILED)
def compiled(source: str) -> Template:
    """Return the template that `source` spells.

    Raises:
        TemplateFault: it is not Liquid, or uses what is not available here.
    """
    return Template(source)


def unknown_part(path: Segments, values: Values) -> str | None:
    """Return the part of a path up to the first name that does not exist; None where nothing in it is known to fail."""
    node: object = values
    for place, segment in enumerate(path):
        if not _leads_on(node) or not isinstance(segment, str) or (place and segment in PROPERTIES):
            return None
        if segment not in node:
            return _spelled(path[: place + 1])
        node = node[segment]
    return None


def _leads_on(node: object) -> TypeGuard[Values]:
    return isinstance(node, Mapping)


@cache
def _environment() -> Environment:
    environment = _LimitedEnvironment(strict_filters=True)
    environment.tags = {name: tag for name, tag in environment.tags.items() if name in TAGS}
    keep_safe_filters(environment)
    return environment


class _LimitedEnvironment(Environment):
    block_nesting_limit = NESTING_LIMIT
    local_namespace_limit = NAMESPACE_LIMIT
    output_stream_limit = OUTPUT_LIMIT


def _named(analysis: TemplateAnalysis, source: str) -> Iterator[tuple[Segments, int]]:
    """Yield the paths that a template names and does not set itself, each with its line."""
    for variables in analysis.globals.values():
        for variable in variables:
            yield variable.segments, _line(source, variable.span.index)


def _line(source: str, index: int) -> int:
    return source.count("\n", 0, max(index, 0)) + 1


def _spelled(path: Segments) -> str:
    parts = (f".{part}" if isinstance(part, str) else f"[{part}]" for part in path)
    return "".join(parts).lstrip(".")[:NAME_LENGTH]


@contextmanager
def _faults() -> Generator[None]:
    """Turn whatever a template does wrong into a fault; it is a program of its author, so anything can happen."""
    try:
        yield
    except TemplateFault:
        raise
    except LiquidError as exc:
        place = exc.context() if exc.token and exc.token.start_index < len(exc.token.source) else None
        raise TemplateFault(one_line(str(exc.message))[:MESSAGE_LENGTH], place and place[0]) from None
    except LiquidInterrupt:
        raise TemplateFault("break and continue belong into a for loop") from None
    except RecursionError:
        raise TemplateFault("It is nested too deeply.") from None
    except Exception as exc:  # noqa: BLE001 - as said above
        raise TemplateFault(f"It cannot be carried out ({type(exc).__name__}).") from None
