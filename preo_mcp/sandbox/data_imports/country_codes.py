"""The form of a default country code."""

import re

from preo_mcp.sandbox.problems import invalid

_FORM = re.compile(r"\+[1-9][0-9]{0,3}", re.ASCII)


def check_country_code(code: str | None) -> str | None:
    """Return a calling code such as `+45`; None, as ever, means the edition's.

    Raises:
        Problem: 400 for anything but a plus and one to four digits (inferred).
    """
    if code is not None and _FORM.fullmatch(code) is None:
        raise invalid(
            default_country_code="A plus and one to four digits, such as +45, or null for the edition's code."
        )
    return code
