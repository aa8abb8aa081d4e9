"""Arguments that several tools have in common, described once."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, WithJsonSchema

from preo_mcp.api.models.data_imports import COUNTRY_CODE_MAX_LENGTH, NAME_MAX_LENGTH

EditionId = Annotated[str, Field(description="Id or name.")]
OrganizationId = Annotated[str, Field(description="Id or name.")]
UserId = Annotated[str, Field(description="Id, e-mail, phone or whole name.")]
OrderId = Annotated[str, Field(description="Id or number.")]
PurchaseId = Annotated[str, Field(description="pur_…, from get_order.")]
ImportName = Annotated[str, Field(min_length=1, max_length=NAME_MAX_LENGTH)]
CountryCode = Annotated[str, Field(max_length=COUNTRY_CODE_MAX_LENGTH, description="For phone numbers, such as +45.")]
CountryCodeOrEditions = Annotated[
    str | None,
    Field(max_length=COUNTRY_CODE_MAX_LENGTH, description="Empty: the edition's."),
]
PageNumber = Annotated[int, Field(ge=1), WithJsonSchema({"type": "integer"})]
PageSize = Annotated[int, Field(ge=1, le=1000), WithJsonSchema({"type": "integer"})]
"""Checked and not described: their names say enough, and each list pays for it."""
FilePath = Annotated[str, Field(description="In an allowed folder.")]
FileText = Annotated[str, Field(description="A short CSV, instead.")]
FileBase64 = Annotated[str, Field(description="A short file, instead.")]
FileName = Annotated[str, Field(min_length=1)]
UploadPath = Annotated[str, Field(description="In an allowed folder, or upl_….")]
UploadBase64 = Annotated[str, Field(description="A short file, instead of file_path.")]


def ordered_by(orderings: type[StrEnum]) -> WithJsonSchema:
    """Describe by what a list can be ordered, `-` for descending: shorter than by all members of its enum."""
    names = ", ".join(one for one in orderings if one[0] != "-")
    return WithJsonSchema({"type": "array", "items": {"type": "string"}, "description": f"{names}, -…"})
