"""Every setting, declared once: as a model, as flags of the command line and as docs/settings.md."""

from preo_mcp.settings.choices import Language, LogFormat, LogLevel, Mode, Preset, Privacy, Transport, Way
from preo_mcp.settings.declared import Setting, declared, given_flags
from preo_mcp.settings.model import LIVE_BASE_URL, PREFIX, Flag, Settings
from preo_mcp.settings.secret_token import APPLICATION, KEYRING_MISSING, NOT_STARTED

__all__ = [
    "APPLICATION",
    "KEYRING_MISSING",
    "LIVE_BASE_URL",
    "NOT_STARTED",
    "PREFIX",
    "Flag",
    "Language",
    "LogFormat",
    "LogLevel",
    "Mode",
    "Preset",
    "Privacy",
    "Setting",
    "Settings",
    "Transport",
    "Way",
    "declared",
    "given_flags",
]
