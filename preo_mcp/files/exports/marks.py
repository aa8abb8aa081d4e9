"""Which mark divides decimals in the columns of a file that hold money, and where no amount shows it."""

from preo_mcp.files.exports.amounts import Mark, decimal_mark, decimals, open_mark
from preo_mcp.files.exports.profile import Profile
from preo_mcp.files.exports.roles import MONEY, Roles
from preo_mcp.files.exports.settling import Wishes, refuse_option

OPTIONS = ("decimals", "thousands")


def decimal_marks(
    profile: Profile, roles: Roles, currency: str, wishes: Wishes
) -> tuple[dict[int, Mark | None], list[str]]:
    """Find the decimal mark of each column with money.

    A currency without decimals has no mark, one with three reads `8.265` as it stands. With two, a mark in front of
    three digits is unclear where nothing else in the file shows what it divides, and in a file with decimal commas.

    Args:
        profile: What the columns hold.
        roles: Which of them hold money.
        currency: The edition's.
        wishes: What was settled about unclear ones.

    Returns:
        The mark by place, and the amounts that are unclear.

    Raises:
        ValidationError: What was settled is no option.
    """
    said = wishes.get("decimals") or OPTIONS[0]
    if said not in OPTIONS:
        raise refuse_option("decimals", said, OPTIONS)
    places = sorted({place for role, place in roles.at.items() if role in MONEY})
    values = {place: profile.columns[place].values for place in places}
    common = decimal_mark(value for some in values.values() for value in some)
    marks, unclear = dict[int, Mark | None](), list[str]()
    for place, some in values.items():
        mark = decimal_mark(some) or common
        unsure = [value for value in some if decimals(currency) == 2 and _is_unclear(value, mark)]
        marks[place] = _settled(
            mark, next((sign for value in some if (sign := open_mark(value))), None), currency, bool(unsure), said
        )
        unclear += unsure
    return marks, unclear


def _settled(mark: Mark | None, sign: Mark | None, currency: str, unsure: bool, said: str) -> Mark | None:  # noqa: FBT001
    """The mark by which amounts such as `8,265`, in which `sign` stands, are read."""
    if sign is None:
        return mark
    if decimals(currency) == 0 or (unsure and said == "thousands"):
        return _other(sign)
    return sign if unsure or mark is None else mark


def _is_unclear(cell: str, mark: Mark | None) -> bool:
    sign = open_mark(cell)
    return sign is not None and (mark is None or sign == mark == ",")


def _other(mark: Mark) -> Mark:
    return "." if mark == "," else ","
