"""Files: find, upload, look, describe, delete."""

import hashlib
from datetime import datetime
from pathlib import PurePath
from typing import Annotated, Any, Final, Self, TypedDict, Unpack

from anyio import to_thread
from pydantic import MISSING, BaseModel, Field, JsonValue, WithJsonSchema

from preo_mcp.api.errors import ConflictError, ValidationError
from preo_mcp.api.models.base import NoContent, Page
from preo_mcp.api.models.files import (
    DeleteFileQuery,
    FileDetail,
    FileName,
    FileOrdering,
    FileUsage,
    ListedFile,
    ListedFilesPage,
    ListFilesQuery,
    ShownFile,
    Tags,
    Text,
    UpdateFileRequest,
    UploadFileRequest,
)
from preo_mcp.api.operations import DELETE_FILE, GET_FILE, LIST_FILES, UPDATE_FILE, UPLOAD_FILE
from preo_mcp.approval.ended import Aftercare, DidNotHappen, ReadBack, Unknown
from preo_mcp.approval.facts import DELETES, Facts, Line, Stakes, Yes
from preo_mcp.approval.wording import Count, Message, Passage, Series, Words, say
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.tool import tool
from preo_mcp.client.addresses import FileContent
from preo_mcp.files.sources import NOT_READ, allowed_path, is_upload, read_source
from preo_mcp.replies.listing import Listing
from preo_mcp.tools.arguments import OrganizationId, PageNumber, PageSize, UploadBase64, UploadPath, ordered_by
from preo_mcp.tools.fact_words import NOTHING, UNKNOWN, named
from preo_mcp.tools.lists import Found, ListOf
from preo_mcp.tools.read_backs import added_since, delete_read_back, newest, the_one
from preo_mcp.tools.roles import must_manage
from preo_mcp.tools.two_deeds import then

UPLOADED = frozenset(
    {
        *(".avif", ".bmp", ".gif", ".heic", ".jpeg", ".jpg", ".png", ".svg", ".tif", ".tiff", ".webp"),
        *(".doc", ".docx", ".ics", ".md", ".odp", ".odt", ".pdf", ".ppt", ".pptx", ".rtf", ".txt"),
    }
)
"""Images and documents, which is what Preo's files are; a person is asked about any other, such as a table."""
NAMED = 5
"""Uses that a refusal names; the others are counted."""


async def facts_of_delete(preo: Preo, file_id: str, force: bool) -> Facts:  # noqa: FBT001 - the tool's arguments
    """Return what would be deleted.

    Raises:
        ConflictError: it is in use and `force` is not set.
        PreoError: the file cannot be fetched.
    """
    file = await preo.request(GET_FILE, FileDetail, id=file_id)
    uses = file.usages or []
    if uses and not force:
        more = f" and {len(uses) - NAMED} more" if len(uses) > NAMED else ""
        raise ConflictError(
            f"{DELETE_FILE.title} was not done",
            f"it is in use by {', '.join(map(_spelled, uses[:NAMED]))}{more}",
            "Take it out there first (update_edition for an edition's image), or agree with the user on force=true.",
        )
    size = UNKNOWN if file.size is None else say("{count} bytes", count=Count(file.size))
    used = say("{count}, and taken out there", count=Count(len(uses))) if uses else NOTHING
    lines: list[Line] = [
        (say("File"), named(file.file_name, file.api_id)),
        (say("Size"), size),
        (say("Used by"), used),
        *((say("Use"), _use(use)) for use in uses),
    ]
    stakes = Stakes(organization_id=file.organization_id)
    return Facts(say("Delete this file for good?"), tuple(lines), stakes=stakes, yes=DELETES)


def _use(use: FileUsage) -> Message:
    return say("{type} {name}", type=use.type or UNKNOWN, name=named(use.name, use.id))


def _spelled(use: FileUsage) -> str:
    return f"{use.type or 'object'} {use.name or ''} ({use.id})"


class _StoredFile(FileDetail):
    """A file as `read_backs` knows what is new."""

    @property
    def id(self) -> str:
        """Its id."""
        return self.api_id

    @property
    def created(self) -> datetime | None:
        """When it was uploaded."""
        return self.created_at


class UploadedFile(ShownFile):
    """A file that was uploaded; `not_done` says what was asked for and is missing."""

    not_done: str | None = None


SET_TEXTS: Final = "Set them with update_file; uploading again makes another file."


class _Given(TypedDict):
    """Those arguments of an upload that say what is uploaded."""

    file_path: str | MISSING
    text: str | MISSING
    file_base64: str | MISSING
    file_name: str | MISSING


async def facts_of_upload(
    preo: Preo,
    organization_id: str,
    tags: list[str] | MISSING,  # noqa: ARG001 - the tool's arguments
    image_alt_text: str | MISSING,
    caption: str | MISSING,
    **given: Unpack[_Given],
) -> Facts | None:
    """Return what would become a file that whoever has its address can fetch; None for images and documents.

    A file is told by its own name as much as by that in the call: `customers.csv` is no picture of that name.

    Raises:
        PermissionDeniedError: the token's user may only look.
        ValidationError: the file cannot be read, or could be a secret.
        PreoError: who they are cannot be found out.
    """
    came_from, own_name = await _where_from(preo, given["file_path"])
    names = [name for name in (own_name, given["file_name"]) if name is not MISSING]
    kinds = dict.fromkeys(PurePath(name).suffix.casefold() for name in names)
    if UPLOADED.issuperset(kinds):
        return None
    organization = await must_manage(preo, organization_id, UPLOAD_FILE)
    source = await read_source(preo.settings, preo.backend.uploads, **given)
    return Facts(
        say("Upload {file}, which is neither an image nor a document?", file=source.name),
        (
            (say("From"), came_from),
            (say("Organization"), named(organization.name, organization.id) if organization else organization_id),
        ),
        stakes=Stakes(organization_id=organization_id),
        deciding=(
            (say("Kind"), Series(tuple(kind or say("without a suffix") for kind in kinds))),
            (say("Size"), say("{count} bytes", count=Count(len(source.content)))),
            (say("Who can fetch it"), say("everybody who has its address in Preo, without a password")),
            *_texts_told(image_alt_text, caption),
        ),
        content=await to_thread.run_sync(_digest, source.content),
        yes=Yes(say("Upload")),
    )


async def _where_from(preo: Preo, file_path: str | MISSING) -> tuple[Words, str | MISSING]:
    """Return where a file comes from, for a person to read, and its own name where it has one."""
    if file_path is MISSING:
        return say("the assistant, not from a file"), MISSING
    if is_upload(file_path):
        return say("put in by hand"), (await preo.backend.uploads.find(file_path)).name
    path = allowed_path(preo.settings, file_path)
    return str(path), path.name


def _texts_told(image_alt_text: str | MISSING, caption: str | MISSING) -> list[Line]:
    """Return the texts that the file is given too."""
    texts = ((say("Caption"), caption), (say("Text in place of the image"), image_alt_text))
    return [(label, Passage(text)) for label, text in texts if text is not MISSING]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def _uploaded_content(preo: Preo, **arguments: Any) -> JsonValue:
    source = await read_source(preo.settings, preo.backend.uploads, **_given(arguments))
    return await to_thread.run_sync(_digest, source.content)


async def _nothing_to_stop(*_: Any, **__: Any) -> None:
    """What is uploaded stays: the result says that it was another file, and delete_file asks a person."""


def _given(arguments: dict[str, Any]) -> _Given:
    return _Given(**{name: arguments[name] for name in _Given.__annotations__})


def _newest_files(organization_id: str) -> ListFilesQuery:
    return ListFilesQuery(organization_id=organization_id, ordering=[FileOrdering.CREATED_AT_DESC])


async def _before_upload(preo: Preo, organization_id: str, **arguments: Any) -> dict[str, Any]:
    source = await read_source(preo.settings, preo.backend.uploads, **_given(arguments))
    known = await newest(preo, LIST_FILES, Page[_StoredFile], _newest_files(organization_id))
    return {**known, "name": source.name, "size": len(source.content)}


async def _after_upload(
    preo: Preo, remembered: dict[str, Any], organization_id: str, image_alt_text: Any, caption: Any, **_: Any
) -> BaseModel | DidNotHappen | Unknown:
    """Look for a new file of that name and size; one whose size nobody knows may be somebody else's."""
    query = _newest_files(organization_id)
    added = await added_since(preo, LIST_FILES, Page[_StoredFile], query, remembered)
    if isinstance(added, Unknown):
        return added

    def is_it(file: _StoredFile) -> bool | None:
        if file.file_name != remembered["name"] or file.size not in (None, remembered["size"]):
            return False
        return None if file.size is None else True

    found = the_one(
        added,
        is_it,
        none="there is no new file of this name and size",
        next_step="Look at them with get_file; delete_file removes one too many.",
    )
    if not isinstance(found, _StoredFile):
        return found
    wished = {"image_alt_text": image_alt_text, "caption": caption}
    lacking = [name for name, text in wished.items() if text is not MISSING and text != getattr(found, name)]
    not_done = f"The file was uploaded, without {' and '.join(lacking)}. {SET_TEXTS}" if lacking else None
    return UploadedFile(**dict(found), not_done=not_done)


# Limits are checked and not spelled in the schema, where each would cost every session its tokens.
Name = Annotated[FileName, WithJsonSchema({"type": "string"})]
ShortText = Annotated[Text, WithJsonSchema({"type": "string"})]
Ordering = Annotated[list[FileOrdering], ordered_by(FileOrdering)]
TagNames = Annotated[Tags, WithJsonSchema({"type": "array", "items": {"type": "string"}})]


class FileListing(Listing[ListedFile]):
    """A list of files, with the tags there are to filter by."""

    available_tags: list[str]

    @classmethod
    def of(cls, found: Found[ListedFile], query: ListFilesQuery) -> Self:
        """Return what was found as the tool shows it."""
        tags = found.page.available_tags if isinstance(found.page, ListedFilesPage) else []
        listed = cls(**dict(found.listed(query)), available_tags=tags)
        listed._query = query
        return listed


class DeletedFile(BaseModel):
    """Which file is gone."""

    deleted: str


SEARCHED = ("file_name", "tags", "image_alt_text", "caption", "copyright", "api_id")
LISTED: ListOf[ListedFile] = ListOf(LIST_FILES, ListedFilesPage, searched=SEARCHED, order="-created_at", key="api_id")


@tool(LIST_FILES)
async def list_files(
    preo: Preo,
    search: Annotated[str, Field(description="In names, tags and texts.")] | MISSING = MISSING,
    organization_id: str | MISSING = MISSING,
    file_name: str | MISSING = MISSING,
    tags: str | MISSING = MISSING,
    ordering: Ordering | MISSING = MISSING,
    page: PageNumber = 1,
    page_size: PageSize = 25,
) -> FileListing:
    """Find uploaded files by part of the name or any of some tags (comma-separated), newest first."""
    query = ListFilesQuery(
        organization_id=organization_id,
        file_name=file_name,
        tags=tags,
        ordering=ordering,
        page=page,
        page_size=page_size,
    )
    return FileListing.of(await LISTED.found(preo, query, search=search), query)


@tool(
    UPLOAD_FILE,
    facts=facts_of_upload,
    read_back=ReadBack(before=_before_upload, after=_after_upload),
    aftercare=Aftercare(_uploaded_content, _nothing_to_stop),
    also={UPDATE_FILE: ("image_alt_text", "caption")},
)
async def upload_file(
    preo: Preo,
    organization_id: OrganizationId,
    file_path: UploadPath | MISSING = MISSING,
    text: str | MISSING = MISSING,
    file_base64: UploadBase64 | MISSING = MISSING,
    file_name: Name | MISSING = MISSING,
    tags: TagNames | MISSING = MISSING,
    image_alt_text: ShortText | MISSING = MISSING,
    caption: ShortText | MISSING = MISSING,
) -> UploadedFile:
    """Upload a file from exactly one of file_path, text, file_base64; the latter two need file_name.

    A person is asked about what is no image or document.
    """
    if file_path is MISSING and file_name is MISSING and (text is not MISSING or file_base64 is not MISSING):
        raise ValidationError(NOT_READ, "text and file_base64 have no name", "Give file_name, such as poster.png.")
    source = await read_source(preo.settings, preo.backend.uploads, file_path, text, file_base64, file_name)
    request = UploadFileRequest(
        organization_id=organization_id,
        file_base64="",
        file_name=source.name,
        tags=tags,
    )
    content = {"file_base64": FileContent(source.content)}
    file = await preo.request(UPLOAD_FILE, UploadedFile, body=request, files=content)
    if image_alt_text is MISSING and caption is MISSING:
        return file
    texts = UpdateFileRequest(image_alt_text=image_alt_text, caption=caption)
    described, not_done = await then(
        preo.request(UPDATE_FILE, UploadedFile, body=texts, id=file.api_id),
        done=f"The file was uploaded as {file.api_id}",
        missing="its texts",
        next_step=SET_TEXTS,
    )
    return described or file.model_copy(update={"not_done": not_done})


@tool(GET_FILE)
async def get_file(preo: Preo, file_id: str) -> ShownFile:
    """Show a file's address, texts, tags and what uses it."""
    return await preo.request(GET_FILE, ShownFile, id=file_id)


@tool(UPDATE_FILE)
async def update_file(
    preo: Preo,
    file_id: str,
    image_alt_text: ShortText | MISSING | None = MISSING,
    caption: ShortText | MISSING | None = MISSING,
    copyright: ShortText | MISSING | None = MISSING,  # noqa: A002 - Preo's word
    tags: TagNames | MISSING = MISSING,
) -> ShownFile:
    """Change a file's texts or all of its tags."""
    request = UpdateFileRequest(image_alt_text=image_alt_text, caption=caption, copyright=copyright, tags=tags)
    return await preo.request(UPDATE_FILE, ShownFile, body=request, id=file_id)


@tool(DELETE_FILE, facts=facts_of_delete, read_back=delete_read_back(GET_FILE, "file_id", DeletedFile))
async def delete_file(preo: Preo, file_id: str, force: bool = False) -> DeletedFile:  # noqa: FBT001, FBT002 - named
    """Delete a file for good; a person is asked first. One that is in use needs force."""
    await preo.request(DELETE_FILE, NoContent, query=DeleteFileQuery(force=force), id=file_id)
    return DeletedFile(deleted=file_id)
