"""The command line: `preo-mcp` serves; the sub-commands run the sandbox, the demonstration and the tool list."""

import argparse
import gc
import os
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from preo_mcp import __version__
from preo_mcp.api.errors import PreoError
from preo_mcp.commands.flags import add_settings
from preo_mcp.commands.output import for_any_reader
from preo_mcp.settings import Settings, given_flags

SANDBOX_PORT = 8766


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; a failure that can be explained ends with its explanation and exit code 2."""
    with for_any_reader():
        parsed = command_line().parse_args(arguments)
        try:
            parsed.run(parsed)
        except PreoError as exc:
            sys.stderr.write(f"{exc}\n")
            raise SystemExit(2) from None
        except KeyboardInterrupt:
            raise SystemExit(130) from None


def command_line() -> argparse.ArgumentParser:
    """Return the parser of the whole command line; what it parses knows what to `run`."""
    parser = argparse.ArgumentParser(
        prog="preo-mcp",
        description="MCP server for Preo. Without a command it serves; every flag is also a PREO_… variable.",
        allow_abbrev=False,  # or a command's --all would be taken for one of --allow-…
    )
    parser.add_argument("--version", action="version", version=f"preo-mcp {__version__}")
    add_settings(parser)
    parser.set_defaults(run=_serve)
    commands = parser.add_subparsers(title="commands", metavar="")
    _add_hosts(commands.add_parser)
    _add_sandbox(commands.add_parser("sandbox", help="run the sandbox as an HTTP server"))
    demo = commands.add_parser("demo", help="import an example file into the sandbox through a real MCP client")
    demo.set_defaults(run=_demo)
    tools = commands.add_parser("tools", help="list the tools")
    tools.set_defaults(run=_tools)
    _add_audit(commands.add_parser("audit", help="show what was changed, by which tool and with whose yes"))
    _add_layouts(commands.add_parser("layouts", help="show and delete what is remembered of settled imports"))
    _add_put(commands.add_parser("put", help="hand a file to your server, where no card or page can take it"))
    pending = commands.add_parser("pending", help="list the questions that wait for a person's yes")
    pending.set_defaults(run=_pending)
    _add_answer(commands.add_parser("approve", help="look at a question and approve it, in a terminal"), "approve")
    _add_answer(commands.add_parser("decline", help="look at a question and decline it, in a terminal"), "decline")
    _add_token(commands.add_parser("token", help="the secret of this computer's user, and the tokens of a team"))
    _add_doctor(commands.add_parser("doctor", help="check settings and connection, and what is assumed about the API"))
    return parser


def _add_token(parser: argparse.ArgumentParser) -> None:
    from preo_mcp.commands.tokens import add_token

    add_token(parser)


def _add_hosts(add: Callable[..., argparse.ArgumentParser]) -> None:
    from preo_mcp.commands.hosts.command import add_install, add_uninstall
    from preo_mcp.commands.setup import add_setup

    add_setup(add("setup", help="set up your assistant: asks what is needed, and tries it"))
    add_install(add("install", help="add the server to a host, such as claude-desktop or cursor"))
    add_uninstall(add("uninstall", help="take the server out of a host again"))


def _add_doctor(parser: argparse.ArgumentParser) -> None:
    from preo_mcp.commands.doctor.command import add_doctor

    add_doctor(parser)


def _add_put(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="a CSV file or workbook to import, or a file for Preo")
    parser.set_defaults(run=_put)


def _put(parsed: argparse.Namespace) -> None:
    from preo_mcp.commands.put import put

    put(parsed)


def _add_layouts(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="the layouts as they are stored")
    parser.set_defaults(run=_layouts, layouts="show_layouts")
    below = parser.add_subparsers(metavar="")
    show = below.add_parser("show", help="show all that one layout settles")
    show.add_argument("id", metavar="ID", help="such as lay_…")
    show.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="as it is stored")
    show.set_defaults(layouts="show_layout")
    delete = below.add_parser("delete", help="forget a layout, or all of them")
    which = delete.add_mutually_exclusive_group(required=True)
    which.add_argument("id", metavar="ID", nargs="?", help="such as lay_…")
    which.add_argument("--all", action="store_true", help="all of them, those that cannot be read too")
    delete.set_defaults(layouts="delete_layouts")


def _layouts(parsed: argparse.Namespace) -> None:
    from preo_mcp.commands import layouts

    getattr(layouts, parsed.layouts)(parsed)


def _add_audit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--file", type=Path, help="the audit to read, instead of the one that the settings name")
    parser.add_argument("--last", type=_at_least_one, default=50, metavar="N", help="the latest N calls (default 50)")
    parser.add_argument("--tool", help="only calls of this tool")
    parser.add_argument("--outcome", help="only calls with this outcome, such as done or declined")
    parser.add_argument("--by", metavar="NAME", help="only calls of one of a team")
    parser.add_argument("--since", type=_moment, metavar="WHEN", help="a date or time (UTC), or an age such as 24h")
    parser.add_argument("--json", action="store_true", help="the lines as they are stored")
    parser.set_defaults(run=_show_audit)


def _at_least_one(text: str) -> int:
    from preo_mcp.commands.audit import at_least_one

    return at_least_one(text)


def _moment(text: str) -> datetime:
    from preo_mcp.commands.audit import since

    return since(text)


def _show_audit(parsed: argparse.Namespace) -> None:
    from preo_mcp.commands.audit import show_audit

    show_audit(parsed)


def _add_sandbox(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(metavar="serve", required=True)
    serve = commands.add_parser("serve", help="serve Preo's API on loopback, with invented data")
    serve.add_argument("--port", dest="sandbox_port", type=int, default=SANDBOX_PORT, help=f"default {SANDBOX_PORT}")
    serve.add_argument(
        "--data", dest="sandbox_folder", type=Path, metavar="FOLDER", help="keep the data in this folder"
    )
    serve.add_argument("--seed", type=int, default=1, help="number that picks the invented data of a new sandbox")
    serve.add_argument(
        "--allow-webhook-host",
        dest="webhook_hosts",
        action="append",
        default=[],
        metavar="HOST",
        help="the only receiver of webhooks, as HOST or HOST:PORT; can be repeated",
    )
    serve.set_defaults(run=_serve_sandbox)


def _add_answer(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument("plan", metavar="PLAN", help="the question's id, such as pln_…")
    parser.set_defaults(run=_answer, answer=name)


def _pending(_: argparse.Namespace) -> None:
    from preo_mcp.approval.ways.terminal import pending

    pending()


def _answer(parsed: argparse.Namespace) -> None:
    from preo_mcp.approval.ways.terminal import approve, decline

    {"approve": approve, "decline": decline}[parsed.answer](parsed.plan)


def _serve(parsed: argparse.Namespace) -> None:
    with _keeping_all():
        import anyio

        from preo_mcp.serving import serve

    settings = Settings.load(os.environ, given_flags(parsed))
    anyio.run(serve, settings)


@contextmanager
def _keeping_all() -> Generator[None]:
    """Import without garbage collection, and leave what was imported out of all later ones.

    It all stays. To look through it takes a sixth of the start, and 40 ms each time while serving.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()


def _serve_sandbox(parsed: argparse.Namespace) -> None:
    from preo_mcp.api.errors import sandbox_extra

    with sandbox_extra(), _keeping_all():
        from preo_mcp.sandbox.serve import serve_sandbox
    serve_sandbox(parsed.sandbox_port, parsed.sandbox_folder, parsed.seed, parsed.webhook_hosts)


def _demo(_: argparse.Namespace) -> None:
    from preo_mcp.api.errors import sandbox_extra

    with sandbox_extra():
        from preo_mcp.commands.demo import demo
    demo()


def _tools(_: argparse.Namespace) -> None:
    from preo_mcp.calls.toolset import Toolset

    for tool in Toolset().listed():
        sys.stdout.write(f"{tool.name:28} {(tool.description or '').partition(chr(10))[0]}\n")
