"""Amounts, counts and times as people write them in their language, by the data of Unicode's CLDR (Babel).

Babel is imported when something is shown: a session that asks nobody never loads it.
"""

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from preo_mcp.approval.quoting import as_data
from preo_mcp.approval.wording import Amount, Count, Day, Moment
from preo_mcp.settings import Language
from preo_mcp.text.plain_text import one_line

if TYPE_CHECKING:
    from babel import Locale

LOCALES: Final = {Language.ENGLISH: "en_GB"}
"""Languages whose dates are in another order elsewhere."""
CODE_LAST: Final = frozenset({Language.ENGLISH})
"""Languages whose pattern runs a currency's code into the digits: `DKK1,250.00`."""
CODE: Final = re.compile(r"[A-Z]{3}")
NAME_LENGTH: Final = 40


def amount(figure: Amount, language: Language) -> str:
    """Return an amount with the code of its currency, never a symbol: `1.250,00 DKK`; no decimal of it is lost."""
    from babel.numbers import format_currency, format_decimal, get_currency_precision

    code, locale = figure.currency, _locale(language)
    known = code is not None and CODE.fullmatch(code) is not None
    least = get_currency_precision(code) if known and code else 2
    decimals = "0" * max(least, figure.decimals)
    digits = f"#,##0.{decimals}" if decimals else "#,##0"
    if not known or code is None or language in CODE_LAST:
        number = format_decimal(figure.value, format=digits, locale=locale)
        return _plain(f"{number} {as_data(code, NAME_LENGTH)}" if code else number)
    pattern = locale.currency_formats["standard"].pattern.partition(";")[0]
    pattern = re.sub(r"#[#,]*0[.,0]*", digits, pattern).replace("¤", "¤¤")
    return _plain(format_currency(figure.value, code, format=pattern, locale=locale, currency_digits=False))


def count(figure: Count, language: Language) -> str:
    """Return a count with its thousands apart: `1.250` in Danish."""
    from babel.numbers import format_decimal

    return _plain(format_decimal(figure.value, format="#,##0", locale=_locale(language)))


def plural(value: int, language: Language) -> str:
    """Return the plural category of a number, such as `one` or `few`."""
    return _locale(language).plural_form(value)


def moment(figure: Moment, language: Language) -> str:
    """Return a time to the minute, with its day of the week and the time zone whose clocks show it."""
    from babel.dates import format_skeleton

    local, zone = figure.local
    locale = _locale(language)
    day = format_skeleton("yMMMEd", local, locale=locale)
    time = format_skeleton("Hm", local, locale=locale)
    return _plain(f"{day}, {time} {as_data(zone, NAME_LENGTH) if zone else ''}")


def day(figure: Day, language: Language) -> str:
    """Return a date, with its month by name."""
    from babel.dates import format_skeleton

    return _plain(format_skeleton("yMMMd", figure.at, locale=_locale(language)))


def _plain(text: str) -> str:
    """Return a figure with ordinary spaces: some terminals show nothing for those that keep it together."""
    return one_line(text)


@cache
def _locale(language: Language) -> "Locale":
    from babel import Locale

    return Locale.parse(LOCALES.get(language, str(language)))
