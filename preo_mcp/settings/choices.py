"""The settings that are one of a few words."""

from enum import StrEnum


class Transport(StrEnum):
    """How a host talks to the server."""

    STDIO = "stdio"
    HTTP = "http"
    SSE = "sse"


class Language(StrEnum):
    """The languages in which a person is asked: those of Preo, and two of their neighbours."""

    ENGLISH = "en"
    DANISH = "da"
    SWEDISH = "sv"
    DUTCH = "nl"
    POLISH = "pl"
    GERMAN = "de"
    NORWEGIAN = "nb"


class Way(StrEnum):
    """The ways to a person's yes, the nearest first."""

    ELICITATION = "elicitation"
    CARD = "card"
    PAGE = "page"
    TERMINAL = "terminal"


class Preset(StrEnum):
    """Kinds of work, each with its tools (`calls.presets`)."""

    SUPPORT = "support"
    MARKETING = "marketing"
    IMPORTS = "imports"
    OPERATIONS = "operations"
    READ_ONLY = "read-only"


class Mode(StrEnum):
    """Whether a host sees all tools, or a few and a search for the others."""

    ALL = "all"
    SEARCH = "search"


class Privacy(StrEnum):
    """Whether e-mail addresses, phone numbers and names of customers reach the model."""

    MASK = "mask"
    OFF = "off"


class LogLevel(StrEnum):
    """From where on messages of preo-mcp's own are written to standard error."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """How they are written."""

    TEXT = "text"
    JSON = "json"
