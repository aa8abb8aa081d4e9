"""The values of an edition's enumerated fields, with labels in English (the labels and the shape are inferred)."""

from collections.abc import Mapping
from enum import StrEnum

from preo_mcp.models.editions import CountryCode, DateStatus, Language, TaxType
from preo_mcp.sandbox.store import Doc

TAX_LABELS: Mapping[str, str] = {TaxType.NONE: "No tax", TaxType.VAT: "VAT", TaxType.SALES: "Sales tax"}
COUNTRY_LABELS: Mapping[str, str] = {CountryCode.NORTH_AMERICA: "United States and Canada"}


def _choices(values: type[StrEnum], labels: Mapping[str, str]) -> list[Doc]:
    """Values with their labels: the member's name in words unless there is a better one."""
    return [{"value": one.value, "label": labels.get(one) or _words(one)} for one in values]


def _words(member: StrEnum) -> str:
    words = member.name.replace("_", " ").lower()
    return words.title() if isinstance(member, CountryCode) else words.capitalize()


CHOICES: Doc = {
    "status": _choices(DateStatus, {}),
    "default_country_code": _choices(CountryCode, COUNTRY_LABELS),
    "default_language": _choices(Language, {}),
    "enabled_languages": _choices(Language, {}),
    "tax_type": _choices(TaxType, TAX_LABELS),
}
"""By field."""
