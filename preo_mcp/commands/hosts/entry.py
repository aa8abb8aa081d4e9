"""What a host is told: command, arguments and environment, by which it starts this server.

`entry` makes it of settings, and is what every other form of packaging calls too. The paths are absolute, because a
host knows neither the terminal's folder nor its PATH; a token is never among them, only where it is kept.
"""

import os
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.commands.flags import NotOurs, arguments_of, settings_of
from preo_mcp.settings import APPLICATION, PREFIX, Settings, Transport

NAME: Final = "preo"
"""What the server is called among a host's others."""
PASSING: Final = ("archive-v0", "builds-v0", "environments-v2", "pipx/.cache", "pipx\\.cache")
"""Parts of paths of environments that uv and pipx make for one run, and clear away some time."""
MODULE: Final = "preo_mcp"


@dataclass(frozen=True, slots=True)
class Entry:
    """How a host starts the server.

    Attributes:
        command: An absolute path.
        args: What follows it.
        env: What is added to the environment.
    """

    command: str
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def read(cls, data: object) -> "Entry | None":
        """Return the entry that a host's file has, in any host's shape; None where it starts no command."""
        if not isinstance(data, dict):
            return None
        found = cast("dict[str, Any]", data)
        command = found.get("command", found.get("cmd"))
        if isinstance(command, dict):  # as earlier versions of Zed have it
            return cls.read({**cast("dict[str, Any]", command), "command": cast("dict[str, Any]", command).get("path")})
        args: object = found.get("args") or []
        env: object = found.get("env", found.get("envs")) or {}
        if not isinstance(command, str) or not isinstance(args, list) or not isinstance(env, dict):
            return None
        variables = {str(name): str(value) for name, value in cast("dict[Any, Any]", env).items()}
        return cls(command, tuple(map(str, cast("list[Any]", args))), variables)

    def settings(self) -> Settings:
        """Return the settings that the server has when it is started so.

        Raises:
            ConfigurationError: it would not start, or is not this server.
        """
        try:
            flags = settings_of(self._own_arguments())
        except NotOurs as exc:
            why = f"its arguments are not preo-mcp's ({exc})"
            raise ConfigurationError("The entry was not understood", why, "Look at it, or install it anew.") from None
        return Settings.load(self.env, flags)

    def _own_arguments(self) -> tuple[str, ...]:
        """Return the server's arguments, without those of what starts it, such as python or uvx."""
        if Path(self.command.replace("\\", "/")).stem == APPLICATION:
            return self.args
        for start in (MODULE, APPLICATION):
            if start in self.args:
                return self.args[self.args.index(start) + 1 :]
        raise NotOurs("none of them names preo-mcp")


def entry(given: Mapping[str, Any], env: Mapping[str, str] | None = None) -> Entry:
    """Return the entry that starts this installation of the server.

    Args:
        given: Settings with a flag, by their names: `{"sandbox": True, "allowed_folders": ["Exports"]}`.
        env: Settings without one, by their variables; none of them a secret.

    Raises:
        ConfigurationError: the server would not start so, or a secret would stand in a host's file.
    """
    for name in env or {}:
        setting = name.removeprefix(PREFIX).lower()
        if setting in ("token", "ledger_url") or not name.startswith(PREFIX):
            why = f"{name} is a secret" if name.startswith(PREFIX) else f"{name} is no setting of preo-mcp"
            next_step = "Leave it out; a token is given with --token, which keeps it elsewhere."
            raise ConfigurationError("Nothing was written", f"{why}, and does not belong in a host's file", next_step)
    command, *args = program()
    made = Entry(command, (*args, *arguments_of(given)), dict(env or {}))
    if made.settings().transport is not Transport.STDIO:
        why = "a host that starts the server talks to it over stdio"
        raise ConfigurationError("Nothing was written", why, "Leave the transport out.")
    return made


def program() -> tuple[str, ...]:
    """Return the command of this installation: its script, or Python with the module where there is no script."""
    script = Path(sysconfig.get_path("scripts")) / (f"{APPLICATION}.exe" if os.name == "nt" else APPLICATION)
    if script.is_file():
        return (str(script.absolute()),)
    # -P: the folder in which a host starts must not come before the package's own.
    return (str(Path(sys.executable).absolute()), "-P", "-m", MODULE)


def passes_away(command: str) -> bool:
    """Whether a command lies in an environment that was made for one run."""
    return any(part in command for part in PASSING)
