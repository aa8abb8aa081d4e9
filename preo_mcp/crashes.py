"""Where the code broke, told without the values that it worked on."""

import traceback


def place_of(exc: BaseException) -> str:
    """Return the file and line in which an exception was raised."""
    frames = traceback.extract_tb(exc.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "an unknown place"
