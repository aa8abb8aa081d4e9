"""Finding what the columns of an export mean.

Meanings come from headings, from the guesses that are made for Preo's column types, and from the values of the whole
file. What an amount means (net or gross, before or after a discount) is proven later, by comparing sums.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from preo_mcp.api.models.data_imports import ColumnType
from preo_mcp.files.exports.amounts import currency_in
from preo_mcp.files.exports.cells import LOOKS_LIKE_ADDRESS
from preo_mcp.files.exports.profile import Cells, Level, Profile
from preo_mcp.files.exports.reckoned import reckoned
from preo_mcp.files.exports.roles import BUYERS, OF_LINES, Metadata, Role, Roles, role_of
from preo_mcp.files.exports.states import Reads, reads_as
from preo_mcp.files.spreadsheets.columns import Guess, guess_columns, recognised_service
from preo_mcp.files.spreadsheets.columns.evidence import MANY
from preo_mcp.files.spreadsheets.columns.headings import (
    ATTENDEE_WORDS,
    BUYER_WORDS,
    heading_key,
    is_blank,
    meanings_of,
    snake_case,
    words,
)
from preo_mcp.files.spreadsheets.columns.services import meanings_in, roles_in
from preo_mcp.files.spreadsheets.columns.vocabulary import said

_CURRENCY_ENDING = re.compile(r"(?<=[a-z]{3})(?:eur|dkk|sek|nok|usd|gbp|pln|chf|isk|kr)$")
_BRACKETS = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*$")
_ORDER_HEADING = re.compile(r".+order(?:number|id|no|nr|reference|code|ref)")
_OWN_NUMBER = re.compile(r".*(?:id|reference|code|number|nummer|nr|no)")
_PHONE_WORDS = re.compile(r"phone|mobil|tel|tlf|cell|handy|gsm|contactnumber|rufnummer")
_GUEST_WORDS: Final = ATTENDEE_WORDS | {"ticket", "billet", "biljett", "kaart"}
_PERSON = re.compile(r"[^\W\d_][^\d@#<>{}|=]*\s[^\d@#<>{}|=]+")
_HONORIFIC: Final = frozenset({"mr", "mrs", "ms", "miss", "dr", "herr", "frau", "hr", "fru", "mevr", "mme", "sr"})
_SURE: Final = 0.5
_SAID: Final = 0.6


def find_roles(profile: Profile, rows: Sequence[Cells], told: Mapping[str, str]) -> Roles:
    """Find what the columns mean.

    Args:
        profile: What the columns hold, as far as it is known.
        rows: Some rows of the file.
        told: Meanings that the caller gives, by heading.
    """
    return _Finder(profile, rows, told).found()


class _Finder:
    def __init__(self, profile: Profile, rows: Sequence[Cells], told: Mapping[str, str]) -> None:
        self.profile, self.columns, self.rows, self.told = profile, profile.columns, rows, told
        self.header = [column.heading for column in self.columns]
        self.service = recognised_service(self.header)
        self.keys = [_CURRENCY_ENDING.sub("", heading_key(heading)) for heading in self.header]
        self.words = [set(words(heading)) for heading in self.header]
        self.guesses = guess_columns(self.header, _with_later_values(profile, rows))
        self.said: Mapping[str, tuple[str, float]] = roles_in(self.service) if self.service else {}
        self.at, self.undecided = dict[Role, int](), set[Role]()
        self.metadata = dict[int, str]()

    def found(self) -> Roles:
        told_ignore = {place for place, heading in enumerate(self.header) if self.told.get(heading) == Role.IGNORE}
        self._take_guesses()
        self._find_amounts()
        self._find_people()
        self._join_names()
        self._find_titled_product()
        self._find_order()
        self._take_service()
        self._take_told()
        self._take_reckoned()
        states = self._states()
        stated = {place for place, _ in states} | told_ignore
        self.at = {role: place for role, place in self.at.items() if place not in stated}
        used = {*self.at.values(), *stated}
        metadata = tuple(
            Metadata(place, key, *self._level_of(place))
            for place, key in self.metadata.items()
            if place not in used - self._guest_places()
        )
        once = frozenset(place for place in range(len(self.header)) if self._is_once(place))
        return Roles(self.service, self.at, states, metadata, once, frozenset(self.undecided))

    def _take_guesses(self) -> None:
        for place, guess in enumerate(self.guesses):
            if guess.metadata_key:
                self.metadata[place] = guess.metadata_key
            elif guess.column_type is ColumnType.PRODUCT_CODE:
                self._take_code(place, guess)
            elif guess.column_type is not ColumnType.IGNORE and self._fits(place, guess):
                self.at[Role(guess.column_type.value)] = place
        if Role.CODE not in self.at:
            self._find_code()
        for role, meaning in ((Role.PRICE, ColumnType.UNIT_PRICE), (Role.QUANTITY, ColumnType.QUANTITY)):
            if role not in self.at:
                self._find_said(role, meaning)

    def _find_code(self) -> None:
        """A column of codes that is mostly empty is one all the same: rows without fall back to their names."""
        for place, column in enumerate(self.columns):
            if column.filled and place not in self.at.values() and self._says(place, ColumnType.PRODUCT_CODE):
                self.at[Role.CODE] = place
                return

    def _find_said(self, role: Role, meaning: ColumnType) -> None:
        """A column that says what it is keeps that, whatever stands below it: `Pris (kr)`, or unreadable pieces."""
        for place, heading in enumerate(self.header):
            said = [one for one in meanings_of(_BRACKETS.sub("", heading)) if one.confidence >= _SAID]
            free = self.columns[place].filled and place not in self.at.values()
            if free and any(one.column_type is meaning for one in said):
                self.at[role] = place
                return

    def _take_code(self, place: int, guess: Guess) -> None:
        named = any("name" in key or "ticket" in key or "item" in key for key in self.keys)
        own = self.columns[place].is_unlike and self.columns[place].filled >= MANY
        if self._says(place, ColumnType.PRODUCT_NAME) and not (own or self._says(place, ColumnType.PRODUCT_CODE)):
            self.at[Role.NAME] = place  # the guess lends a name to Preo's required code
        elif guess.confidence < _SAID and self.columns[place].is_unlike and named:
            self.at[Role.ITEM] = place
        elif guess.confidence >= _SURE:
            self.at[Role.CODE] = place

    def _says(self, place: int, meaning: ColumnType) -> bool:
        """Whether a heading itself has a meaning."""
        heading = self.header[place]
        said = (meanings_in(self.service, heading) if self.service else []) or meanings_of(heading)
        return any(one.column_type is meaning for one in said)

    def _fits(self, place: int, guess: Guess) -> bool:
        key = self.keys[place]
        if guess.confidence < _SURE and not is_blank(guess.column):
            return False
        if guess.column_type is ColumnType.CUSTOMER_PHONE:
            return bool(_PHONE_WORDS.search(key)) or not _OWN_NUMBER.fullmatch(key)
        if guess.column_type is ColumnType.ITEM_ID:
            return self.columns[place].is_unlike or self.columns[place].filled <= 2
        return True

    def _find_amounts(self) -> None:
        either = dict[Role, int]()
        for place, key in enumerate(self.keys):
            role = role_of(key)
            if role is None or not self.columns[place].filled:
                continue
            if role is Role.NET_QUANTITY and self.at.get(Role.QUANTITY) == place:
                del self.at[Role.QUANTITY]
            if place in self.at.values() and not self._is_total_taken_for_price(role, place):
                continue
            self._place_amount(role, place, either)
        self._find_currency()
        for role, place in either.items():
            if role in self.at:
                continue
            self.at[role] = place
            if OF_LINES[role] not in self.at:
                self.at[OF_LINES[role]] = place
                self.undecided.add(role)

    def _find_currency(self) -> None:
        """Where no column names the currency, prices and totals may do it themselves: `$30.00`."""
        for role in (Role.PRICE, Role.LINE_TOTAL, Role.TOTAL):
            if Role.CURRENCY in self.at or role not in self.at:
                continue
            if any(currency_in(value, "") for value in self.columns[self.at[role]].values):
                self.at[Role.CURRENCY] = self.at[role]

    def _is_total_taken_for_price(self, role: Role, place: int) -> bool:
        if role is not Role.TOTAL or self.at.get(Role.PRICE) != place:
            return False
        del self.at[Role.PRICE]
        return True

    def _place_amount(self, role: Role, place: int, either: dict[Role, int]) -> None:
        if role not in OF_LINES:
            self.at.setdefault(role, place)
            return
        level, of_line = self.profile.level(place), re.search(r"line|item", self.keys[place]) is not None
        if level is Level.ROW or of_line or (level is Level.SPARSE and not self.profile.leaves_out):
            self.at.setdefault(OF_LINES[role], place)
        elif level is Level.REPEATED and role is not Role.REFUND:  # no sum proves a refund: it is taken as the order's
            either.setdefault(role, place)
        else:
            self.at.setdefault(role, place)

    def _find_people(self) -> None:
        addresses = [place for place in range(len(self.header)) if self._holds_addresses(place)]
        guests = [place for place in addresses if self._is_guest(place)]
        buyers = [place for place in addresses if place not in guests]
        buyers.sort(key=lambda place: not self.words[place] & BUYER_WORDS)
        if self.at.get(Role.EMAIL) not in buyers and (buyers or guests):
            self.at[Role.EMAIL] = (buyers or guests)[0]
        if guests and self.at[Role.EMAIL] != guests[0]:
            self.at[Role.GUEST_EMAIL] = guests[0]
            self.metadata.setdefault(guests[0], "attendee_email")
        self._find_guest_names()

    def _find_guest_names(self) -> None:
        meanings = {
            Role.GUEST_FIRST_NAME: (ColumnType.CUSTOMER_FIRST_NAME, {"first", "given"}),
            Role.GUEST_LAST_NAME: (ColumnType.CUSTOMER_LAST_NAME, {"last", "family"}),
            Role.GUEST_FULL_NAME: (ColumnType.CUSTOMER_FULL_NAME, {"full", "name"}),
        }
        taken = set[int]()
        for role, (meaning, some) in meanings.items():
            found = [
                place
                for place in range(len(self.header))
                if place not in taken
                and self._is_guest(place)
                and ((self.words[place] & some and "name" in self.words[place]) or self._says(place, meaning))
                and not self._holds_addresses(place)
                and not self._says(place, ColumnType.PRODUCT_NAME)
            ]
            if found:
                self.at[role] = found[0]
                taken.add(found[0])
        for role in (Role.FIRST_NAME, Role.LAST_NAME, Role.FULL_NAME):
            if self.at.get(role) in taken and Role.GUEST_EMAIL in self.at:
                del self.at[role]  # the buyer's name is another one
        if not {Role.FIRST_NAME, Role.LAST_NAME, Role.FULL_NAME} & set(self.at):
            self._find_buyer_name(taken)
        self._prefer_buyer()
        full = self.at.get(Role.GUEST_FULL_NAME)
        if full is not None and full != self.at.get(Role.FULL_NAME):
            self.metadata.setdefault(full, "attendee_name")

    def _prefer_buyer(self) -> None:
        """`Purchaser` beside `Guest name` is whom the order is for."""
        if self.at.get(Role.FULL_NAME, -1) != self.at.get(Role.GUEST_FULL_NAME):
            return
        for place, some in enumerate(self.words):
            if some and some <= BUYER_WORDS and self._are_persons(place) and self.columns[place].filled:
                self.at[Role.FULL_NAME] = place
                return

    def _find_buyer_name(self, taken: set[int]) -> None:
        """`Order Name` is the buyer where people stand in it."""
        for place, some in enumerate(self.words):
            values = self.columns[place].values
            if place in taken or "name" not in some or not some & {"order", *BUYER_WORDS} or not values:
                continue
            if self._are_persons(place):
                self.at[Role.FULL_NAME] = place
                return

    def _join_names(self) -> None:
        """A first or last name that stands alone and is several words is the whole name: `Nome`, `Jméno`, `Nom`."""
        for first, last, full in (
            (Role.FIRST_NAME, Role.LAST_NAME, Role.FULL_NAME),
            (Role.GUEST_FIRST_NAME, Role.GUEST_LAST_NAME, Role.GUEST_FULL_NAME),
        ):
            alone = [role for role in (first, last) if role in self.at]
            if len(alone) == 1 and full not in self.at and self._are_persons(self.at[alone[0]]):
                self.at[full] = self.at.pop(alone[0])

    def _are_persons(self, place: int) -> bool:
        values = self.columns[place].values
        return 2 * sum(_PERSON.fullmatch(value.strip()) is not None for value in values) > len(values)

    def _find_titled_product(self) -> None:
        """`Name` and `Title` are the product where nothing else is and few stand beside many addresses."""
        if Role.NAME in self.at or Role.EMAIL not in self.at:
            return
        taken = set(self.at.values()) - {self.at.get(Role.FULL_NAME)}
        people = len(self.columns[self.at[Role.EMAIL]].values)
        for place, column in enumerate(self.columns):
            if place in taken or self.keys[place] not in said("product_title") or len(column.values) < 2:
                continue
            if 2 * len(column.values) <= people and not _HONORIFIC.issuperset(map(heading_key, column.values)):
                self.at = {role: other for role, other in self.at.items() if other != place}
                self.at[Role.NAME] = place
                return

    def _is_guest(self, place: int) -> bool:
        some = self.words[place]
        key = self.keys[place]
        glued = any(key.startswith(word) for word in ATTENDEE_WORDS if len(word) > 4)
        return bool(some & _GUEST_WORDS or glued) and not some & BUYER_WORDS

    def _guest_places(self) -> set[int]:
        """Places that are stored as metadata although they have a role."""
        guest = (Role.GUEST_EMAIL, Role.GUEST_FULL_NAME)
        return {self.at[role] for role in guest if role in self.at}

    def _holds_addresses(self, place: int) -> bool:
        """Whether nearly all values are addresses, or some where the heading says so."""
        values = self.columns[place].values
        found = sum(LOOKS_LIKE_ADDRESS.search(one) is not None for one in values)
        return found > 0.8 * len(values) or (found > 0 and self._says(place, ColumnType.CUSTOMER_EMAIL))

    def _find_order(self) -> None:
        if Role.ORDER in self.at:
            return
        own = [
            place for place, key in enumerate(self.keys) if _ORDER_HEADING.fullmatch(key) and self.columns[place].filled
        ]
        own = own or [
            place
            for place, key in enumerate(self.keys)
            if self.columns[place].is_unlike and _OWN_NUMBER.fullmatch(key) and not _PHONE_WORDS.search(key)
        ]
        if Role.ITEM in self.at and not own:
            own = [self.at[Role.ITEM]]
        if own:
            self.at = {role: place for role, place in self.at.items() if place != own[0] or role is Role.ITEM}
            self.at[Role.ORDER] = own[0]

    def _take_service(self) -> None:
        """What a service is known to mean, which no column type says; a caller knows better."""
        found = dict[Role, tuple[float, int]]()
        for place, key in enumerate(map(heading_key, self.header)):
            said, sure = self.said.get(key, ("", 0.0))
            if not said or self.header[place] in self.told or not self.columns[place].filled:
                continue
            role = Role(said)
            self.metadata.pop(place, None)
            self.at = {one: other for one, other in self.at.items() if other != place}
            if role not in (Role.IGNORE, Role.STATE) and sure > found.get(role, (0.0, 0))[0]:
                found[role] = sure, place
        for role, (_, place) in found.items():
            if role in OF_LINES and self.profile.level(place) is Level.ROW:
                role = OF_LINES[role]
            self.at[role] = place
            self.undecided.discard(role)
            if role is Role.GUEST_EMAIL:
                self.metadata.setdefault(place, "attendee_email")
        if Role.GUEST_EMAIL in self.at and Role.EMAIL not in self.at:  # a list of orders, not of tickets
            self.metadata.pop(self.at[Role.GUEST_EMAIL], None)
            self.at = {BUYERS.get(role, role): place for role, place in self.at.items()}

    def _take_told(self) -> None:
        for place, heading in enumerate(self.header):
            said = self.told.get(heading)
            if said is None:
                continue
            role = Role(said)
            self.metadata.pop(place, None)
            self.at = {one: other for one, other in self.at.items() if other != place}
            if role in (Role.ORDER_METADATA, Role.PURCHASE_METADATA):
                self.metadata[place] = snake_case(heading) or f"column_{place + 1}"
            elif role not in (Role.IGNORE, Role.STATE):
                self.at[role] = place

    def _take_reckoned(self) -> None:
        found = reckoned(self.at, self.profile, self.rows)
        if any(self.header[place] in self.told for place in found.values()):
            return
        self.at = {role: place for role, place in self.at.items() if place not in found.values()} | found
        if found and found.get(Role.TOTAL) == found.get(Role.LINE_TOTAL):
            self.undecided.add(Role.TOTAL)
        self.metadata = {place: key for place, key in self.metadata.items() if place not in found.values()}

    def _states(self) -> tuple[tuple[int, Reads], ...]:
        taken = {
            *self.metadata,
            *(place for role, place in self.at.items() if role not in (Role.REFUND, Role.LINE_REFUND)),
        }
        out = list[tuple[int, Reads]]()
        for place, column in enumerate(self.columns):
            said = self.told.get(column.heading) or self.said.get(heading_key(column.heading), ("", 0.0))[0]
            if said == Role.STATE and column.filled:
                out.append((place, reads_as(column.heading, column.values, self.service) or Reads.WORDS))
            elif said == Role.IGNORE:
                continue
            elif place in taken or self._says(place, ColumnType.PRODUCT_NAME):
                continue  # `Ticket Type` may be `paid` in every row
            elif reads := reads_as(column.heading, column.values, self.service):
                out.append((place, reads))
        return tuple(out)

    def _level_of(self, place: int) -> tuple[bool, bool]:
        """Whether metadata is the order's, and whether its heading says that it is the ticket's."""
        said = self.told.get(self.header[place])
        if said in (Role.ORDER_METADATA, Role.PURCHASE_METADATA):
            return said == Role.ORDER_METADATA, said == Role.PURCHASE_METADATA
        of_ticket = self.guesses[place].column_type is ColumnType.PURCHASE_METADATA or place in self._guest_places()
        return not of_ticket and self.profile.level(place) is not Level.ROW, of_ticket

    def _is_once(self, place: int) -> bool:
        level = self.profile.level(place)
        return level is Level.ORDER or (level is Level.SPARSE and self.profile.leaves_out)


def _with_later_values(profile: Profile, rows: Sequence[Cells]) -> list[Cells]:
    """Rows to guess by, in which a column that begins empty shows what it holds further on."""
    if not rows:
        return []
    out = [list(row) for row in rows]
    for place, column in enumerate(profile.columns):
        if column.values and not any(row[place] for row in out):
            for row, value in zip(out, column.values, strict=False):
                row[place] = value
    return out
