"""Loading what reads phone numbers and e-mail addresses, outside of the event loop: it takes long the first time."""

from anyio import to_thread

from preo_mcp.sandbox.importing.emails import read_email
from preo_mcp.sandbox.importing.phones import read_phone


async def readers_loaded() -> None:
    """Wait until both readers are ready; afterwards it takes no time worth mentioning."""
    await to_thread.run_sync(_use_both)


def _use_both() -> None:
    # A letter beyond ASCII goes to the library; everyday addresses do not.
    read_email("søren@example.com")
    read_phone("20 12 34 56", "+45")
