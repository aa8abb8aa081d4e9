"""Single cells of an export that are no money: pieces, addresses and countries.

They are read no more generously than Preo reads them, so that nothing which is written is refused later.
"""

import re
from functools import lru_cache
from html import unescape
from types import MappingProxyType
from typing import Final

from preo_mcp.files.spreadsheets.columns.headings import heading_key
from preo_mcp.files.spreadsheets.columns.vocabulary import said
from preo_mcp.text.folding import folded

MOST_PIECES: Final = 1000
"""More of one product in one row is taken for a mistake in the file, as Preo's sandbox takes it (inferred)."""
MOST_IN_ORDER: Final = 2 * MOST_PIECES
LONGEST_KEY: Final = 255
"""Characters of an order's number and a product's code that Preo takes (inferred)."""

_SAME = str.maketrans({"×": "x", "✕": "x", "−": "-", "–": "-", "\u00a0": " ", "\u202f": " "})
_UNITS = r"stk|stck|stück|stuks?|styck|st|szt|sztuk[ai]?|pcs?|pieces?|ea|tickets?|billet(?:ter)?|biljetter|karten?"
_QUANTITY = re.compile(
    rf"'?(?:x\s*)?(?P<sign>-?)(?P<whole>[0-9]{{1,9}})(?:[.,]0*)?\s*(?:(?:x|{_UNITS})\.?)?", re.IGNORECASE
)


@lru_cache(maxsize=4096)
def quantity(cell: str) -> int | None:
    """Return a whole number of pieces, zero and negative ones too; None where the cell holds none."""
    found = _QUANTITY.fullmatch(cell.translate(_SAME).strip())
    if found is None:
        return None
    return -int(found["whole"]) if found["sign"] else int(found["whole"])


_LABEL = "[a-z0-9]+(?:-[a-z0-9]+)*"
_EVERYDAY = re.compile(rf"[A-Za-z0-9_+]+(?:[.-][A-Za-z0-9_+]+)*@(?:{_LABEL}\.)+([a-z]{{2,24}})")
_RESERVED: Final = frozenset({"arpa", "invalid", "local", "localhost", "onion", "test"})
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x08\x0e-\x1f\x7f\xad]")
_IN_ANGLES = re.compile(r"<([^<>@]+@[^<>@]+)>")
_SEPARATORS = re.compile(r"[,;|/\n\r\t]+")
_MAILTO = re.compile(r"^\s*(?:e-?mail:|mailto:)\s*", re.IGNORECASE)
_AROUND_AT = re.compile(r"\s*@\s*")
_EDGES: Final = " \t.,;:'\"<>()[]\u00a0"
_LONGEST: Final = 320
LOOKS_LIKE_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]{2,}")


@lru_cache(maxsize=4096)
def address(cell: str) -> str:
    """Return the first e-mail address of a cell in the form that Preo stores; empty where it would take none."""
    if _is_everyday(cell):
        return cell
    if "@" not in cell or len(cell) > _LONGEST:
        return ""
    cleaned = _INVISIBLE.sub("", cell).replace("\u00a0", " ")
    for part in _IN_ANGLES.findall(cleaned) or _SEPARATORS.split(cleaned):
        bare = _AROUND_AT.sub("@", _MAILTO.sub("", part).partition("?")[0].strip(_EDGES)).strip(_EDGES)
        if "@" in bare and (found := _checked(bare)):
            return found
    return ""


def _is_everyday(text: str) -> bool:
    found = _EVERYDAY.fullmatch(text) if len(text) <= 100 else None
    if found is None or found[1] in _RESERVED:
        return False
    at = text.index("@")
    return at <= 64 and len(text) - at <= 64


def _checked(text: str) -> str:
    local, _, domain = text.partition("@")
    if _is_everyday(plain := f"{local}@{domain.lower()}"):
        return plain
    try:
        from email_validator import EmailNotValidError, validate_email
    except ImportError:  # an optional extra: without it only everyday addresses are taken
        return ""
    try:
        return validate_email(text, check_deliverability=False, test_environment=True, strict=True).normalized
    except EmailNotValidError:
        return ""


def unescaped(text: str) -> str:
    """Return a name without the entities that shops leave in it: `Bed &amp; breakfast`."""
    return unescape(text) if "&" in text else text


@lru_cache(maxsize=1024)
def is_fee(name: str) -> bool:
    """Whether a row's product is a fee or deposit by its name; `Entry fee` may be a ticket and is none."""
    return bool(name) and any(heading_key(name).startswith(word) for word in said("fee_row"))


_COUNTRIES: Final = """
AT austria osterreich ostrig osterrike oostenrijk austriach
AU australia australien australie
BE belgium belgien belgie belgique belgia
CA canada kanada
CH switzerland schweiz suisse svizzera schweiz zwitserland szwajcaria sveits
CZ czechia czechrepublic tschechien tjekkiet cesko ceskarepublika
DE germany deutschland tyskland duitsland niemcy allemagne alemania
DK denmark danmark danemark denemarken dania dinamarca
EE estonia estland eesti
ES spain spanien espana spanje hiszpania espagne spania
FI finland finnland suomi finlandia finlande
FO faroeislands faeroerne foroyar
FR france frankreich frankrig frankrijk frankrike francja
GB unitedkingdom uk greatbritain england scotland wales grossbritannien storbritannien wielkabrytania royaumeuni
GL greenland gronland
GR greece griechenland graekenland ellada
HR croatia kroatien hrvatska
HU hungary ungarn magyarorszag
IE ireland irland ierland irlandia eire
IS iceland island ijsland
IT italy italien italia italie wlochy
LT lithuania litauen lietuva
LU luxembourg luxemburg
LV latvia letland lettland latvija
NL netherlands thenetherlands nederland niederlande holland holandia paysbas nederlanderna nederlandene
NO norway norge norwegen noorwegen norwegia noreg
NZ newzealand
PL poland polska polen pologne
PT portugal portugalia
RO romania rumanien
SE sweden sverige schweden zweden szwecja suede
SI slovenia slowenien slovenija
SK slovakia slowakei slovensko
TR turkey turkei tyrkiet turkiye
UA ukraine ukraina
US unitedstates unitedstatesofamerica usa us vereinigtestaaten
"""
_BY_NAME: Final = MappingProxyType(
    {name: line.split()[0] for line in _COUNTRIES.split("\n") if line for name in line.split()[1:]}
)
_LETTERS = re.compile(r"[^a-z]+")


@lru_cache(maxsize=512)
def country(cell: str) -> str:
    """Return the two letters of a country named by letters or in one of several languages; empty if unknown."""
    text = cell.strip()
    if len(text) == 2 and text.isascii() and text.isalpha():
        return "GB" if text.upper() == "UK" else text.upper()
    return _BY_NAME.get(_LETTERS.sub("", folded(text)), "")
