"""Which ledger the settings ask for."""

from preo_mcp.guardrails.ledger import Ledger
from preo_mcp.settings import Settings

LEDGER_FILE = "plans.db"


def open_ledger(settings: Settings) -> Ledger:
    """Return the ledger of `settings`: shared through Redis where they name one, else a file in the state folder.

    Nothing is opened before the ledger is first used.

    Raises:
        ConfigurationError: the Redis client is not installed, or its URL is none.
    """
    if settings.ledger_url is not None:
        from preo_mcp.guardrails.redis_ledger import RedisLedger

        return RedisLedger(settings.ledger_url)
    from preo_mcp.guardrails.sqlite_ledger import SqliteLedger

    return SqliteLedger(settings.state_folder / LEDGER_FILE)
