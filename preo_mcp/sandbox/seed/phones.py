"""Phone numbers for the invented customers.

Where a regulator sets numbers aside for films and books, those are taken: Germany (Bundesnetzagentur), the United
Kingdom (Ofcom) and Sweden (PTS). Denmark, the Netherlands and Poland set none aside: there the numbers only follow the
pattern of mobile numbers. The sandbox sends nothing to any of them.
"""

from random import Random
from types import MappingProxyType

from preo_mcp.sandbox.seed.draws import pick

BLOCKS = MappingProxyType(
    {
        "da": tuple((f"+45{prefix}", 5) for prefix in (201, 226, 287, 302, 408, 514, 611)),
        "de": (
            *(("+4917139200", 2), ("+49176040690", 2)),
            *((f"+49{prefix}", 3) for prefix in (3023125, 4066969, 6990009, 8999998, 2214710)),
        ),
        "en": tuple((f"+44{prefix}", 3) for prefix in (2079460, 1614960, 1134960, 1214960)),
        "se": (
            *((f"+467017406{digit}", 1) for digit in range(1, 10)),
            *((f"+46{prefix}", 2) for prefix in (3139006, 4062804, 8465004, 9803192)),
        ),
        "nl": (("+31612345", 3), ("+31687654", 3)),
        "pl": (("+48501234", 3), ("+48601234", 3)),
    }
)
"""By language: how an E.164 number begins, and how many digits follow."""


def draw_phone(source: Random, language: str, taken: set[str]) -> str:
    """Return a number in E.164 that is not yet in `taken`, and add it."""
    while True:
        start, digits = pick(source, BLOCKS[language])
        number = f"{start}{int(source.random() * 10**digits):0{digits}}"
        if number not in taken:
            taken.add(number)
            return number
