"""Arguments that several tools have in common, described once."""

from typing import Annotated

from pydantic import Field, WithJsonSchema

from preo_mcp.models.data_imports import COUNTRY_CODE_MAX_LENGTH, NAME_MAX_LENGTH

ImportId = Annotated[str, Field(min_length=1, description="Id of the data import.")]
EditionId = Annotated[str, Field(min_length=1, description="edt_…")]
OrganizationId = Annotated[str, Field(description="Id (org_…).")]
UserId = Annotated[str, Field(description="usr_…")]
OrderId = Annotated[str, Field(description="ord_…")]
PurchaseId = Annotated[str, Field(description="pur_…, from get_order.")]
ImportName = Annotated[str, Field(min_length=1, max_length=NAME_MAX_LENGTH, description="Name of the import.")]
CountryCode = Annotated[
    str, Field(max_length=COUNTRY_CODE_MAX_LENGTH, description="Prefix for phone numbers without one, such as +45.")
]
CountryCodeOrEditions = Annotated[
    str | None,
    Field(max_length=COUNTRY_CODE_MAX_LENGTH, description="Prefix for phone numbers; null means the edition's."),
]
PageNumber = Annotated[int, Field(ge=1, description="Page, from 1.")]
PageSize = Annotated[int, Field(ge=1, le=1000, description="Results per page.")]
ShortPageNumber = Annotated[PageNumber, WithJsonSchema({"type": "integer"})]
ShortPageSize = Annotated[PageSize, WithJsonSchema({"type": "integer"})]
"""The same, checked and not described: name and default say enough, and each list pays for it."""
FilePath = Annotated[str, Field(description="Path of a CSV or Excel file in an allowed folder.")]
FileText = Annotated[str, Field(description="A short CSV as text, instead of file_path.")]
FileBase64 = Annotated[str, Field(description="A short file as base64, instead of file_path.")]
FileName = Annotated[str, Field(min_length=1, description="File name, if not that of file_path.")]
FileId = Annotated[str, Field(description="Its api_id.")]
UploadPath = Annotated[str, Field(description="Path in an allowed folder.")]
UploadBase64 = Annotated[str, Field(description="A short file, instead of file_path.")]
