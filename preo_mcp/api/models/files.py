"""Files: images and documents that editions, products and e-mail messages use (fields observed)."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import MISSING, Field

from preo_mcp.api.models.base import Embedded, Page, PageQuery, Request, Response

FILE_NAME_MAX_LENGTH = 255
TEXT_MAX_LENGTH = 500
TAG_MAX_LENGTH = 50
MAX_TAGS = 30
"""These limits are inferred."""


class FileOrdering(StrEnum):
    """How a list of files can be ordered; `-` is descending."""

    CREATED_AT = "created_at"
    CREATED_AT_DESC = "-created_at"
    UPDATED_AT = "updated_at"
    UPDATED_AT_DESC = "-updated_at"
    FILE_NAME = "file_name"
    FILE_NAME_DESC = "-file_name"


class ListFilesQuery(PageQuery):
    """The query of List files; a file with any of `tags` (comma-separated) is found (inferred)."""

    organization_id: str | MISSING = MISSING
    file_name: str | MISSING = MISSING
    tags: str | MISSING = MISSING
    ordering: list[FileOrdering] | MISSING = MISSING


Tags = Annotated[list[Annotated[str, Field(max_length=TAG_MAX_LENGTH)]], Field(max_length=MAX_TAGS)]
FileName = Annotated[str, Field(min_length=1, max_length=FILE_NAME_MAX_LENGTH)]
Text = Annotated[str, Field(max_length=TEXT_MAX_LENGTH)]


class UploadFileRequest(Request):
    """The JSON body of Upload file."""

    organization_id: str
    file_base64: str = Field(repr=False)
    file_name: FileName
    tags: Tags | MISSING = MISSING


class UploadFileForm(Request):
    """The multipart body of Upload file: `file` or `file_base64`; the name of a `file` is that of its part.

    `tags` may be repeated, and each may be several, comma-separated (inferred).
    """

    organization_id: str
    file: bytes | MISSING = Field(default=MISSING, repr=False, json_schema_extra={"format": "binary"})
    file_base64: str | MISSING = Field(default=MISSING, repr=False)
    file_name: FileName | MISSING = MISSING
    tags: Tags | MISSING = MISSING


class UpdateFileRequest(Request):
    """The body of Update file metadata; null removes a text."""

    image_alt_text: Text | MISSING | None = MISSING
    caption: Text | MISSING | None = MISSING
    copyright: Text | MISSING | None = MISSING
    tags: Tags | MISSING = MISSING


class DeleteFileQuery(Request):
    """The query of Delete file."""

    force: bool = False


class FileUsage(Response):
    """What uses a file: its kind (edition, product, email_message) and in which field (the shape is inferred)."""

    type: str | None = None
    id: str | None = None
    name: str | None = None
    field: str | None = None


class FileDetail(Response):
    """One file; `size` in bytes and `content_type` are inferred."""

    api_id: str
    file_name: str | None = None
    organization_id: str | None = None
    file_url: str | None = None
    content_type: str | None = None
    size: int | None = None
    usages: list[FileUsage] | None = None
    image_alt_text: str | None = None
    caption: str | None = None
    copyright: str | None = None
    tags: list[str] | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class ShownFile(FileDetail):
    """A file as a tool shows it: its id is called as in the arguments of tools."""

    api_id: str = Field(serialization_alias="file_id")


class ListedFile(Embedded):
    """A file as a row of a list: enough to pick one; what is excluded is searched."""

    api_id: str = Field(serialization_alias="file_id")
    image_alt_text: str | None = Field(default=None, exclude=True)
    caption: str | None = Field(default=None, exclude=True)
    copyright: str | None = Field(default=None, exclude=True)
    file_name: str | None = None
    size: int | None = None
    tags: list[str] | None = None
    file_url: str | None = None
    created_at: datetime | None = None


class FilesPage(Page[FileDetail]):
    """One page of files, with the tags that the files of the member's organizations have."""

    available_tags: list[str] = Field(default_factory=list[str])


class ListedFilesPage(Page[ListedFile]):
    """One page of files as rows, with the tags there are to filter by."""

    available_tags: list[str] = Field(default_factory=list[str])
