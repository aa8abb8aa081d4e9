"""What the official suites call by name: tools, resources and prompts whose answers they know."""

import base64
import json
from typing import Annotated, Any, Literal

import anyio
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.prompts.base import Message, UserMessage
from mcp.types import (
    AudioContent,
    CallToolResult,
    EmbeddedResource,
    ImageContent,
    SamplingMessage,
    TextContent,
    TextResourceContents,
)
from pydantic import BaseModel, Field

AnyContext = Context[Any, Any]
BEAT = 0.05
"""Seconds between the signs of life of a tool that the suites listen to."""
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
SILENCE = base64.b64encode(
    b"RIFF&\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00@\x1f\x00\x00@\x1f\x00\x00\x01\x00\x08\x00data"
    b"\x02\x00\x00\x00\x80\x80"
).decode()
TITLED = [{"const": f"value{number}", "title": f"{name} Option"} for number, name in enumerate(("First", "Second"), 1)]

RICH_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


class Contact(BaseModel):
    """Who somebody is."""

    username: str = Field(description="User's response")
    email: str = Field(description="User's email address")


class Defaults(BaseModel):
    """A default of every primitive type."""

    name: str = "John Doe"
    age: int = 30
    score: float = 95.5
    status: Literal["active", "inactive", "pending"] = "active"
    verified: bool = True


ENUMS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "untitledSingle": {"type": "string", "enum": ["option1", "option2", "option3"]},
        "titledSingle": {"type": "string", "oneOf": TITLED},
        "legacyEnum": {"type": "string", "enum": ["opt1", "opt2"], "enumNames": ["Option One", "Option Two"]},
        "untitledMulti": {"type": "array", "items": {"type": "string", "enum": ["option1", "option2", "option3"]}},
        "titledMulti": {"type": "array", "items": {"anyOf": TITLED}},
    },
}


def said(text: str) -> CallToolResult:
    """Return a result of one text."""
    return CallToolResult(content=[TextContent(type="text", text=text)])


def resource(uri: str, text: str, mime_type: str = "text/plain") -> EmbeddedResource:
    """Return a resource within a result."""
    return EmbeddedResource(type="resource", resource=TextResourceContents(uri=uri, mime_type=mime_type, text=text))


IMAGE = ImageContent(type="image", data=PIXEL, mime_type="image/png")


def test_simple_text() -> CallToolResult:
    """Say something."""
    return said("This is a simple text response for testing.")


def test_image_content() -> CallToolResult:
    """Show a pixel."""
    return CallToolResult(content=[IMAGE])


def test_audio_content() -> CallToolResult:
    """Play silence."""
    return CallToolResult(content=[AudioContent(type="audio", data=SILENCE, mime_type="audio/wav")])


def test_embedded_resource() -> CallToolResult:
    """Embed a resource."""
    return CallToolResult(content=[resource("test://embedded-resource", "This is an embedded resource content.")])


def test_multiple_content_types() -> CallToolResult:
    """Give a text, an image and a resource."""
    data = json.dumps({"test": "data", "value": 123})
    embedded = resource("test://mixed-content-resource", data, "application/json")
    text = TextContent(type="text", text="Multiple content types test:")
    return CallToolResult(content=[text, IMAGE, embedded])


def test_error_handling() -> CallToolResult:
    """Fail."""
    raise ToolError("This tool intentionally returns an error for testing")


def json_schema_2020_12_tool() -> CallToolResult:
    """Take a schema of many words."""
    return said("ok")


def test_custom_header(
    region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})],
) -> CallToolResult:
    """Take an argument that stands in a header too."""
    return said(region)


async def test_tool_with_progress(ctx: AnyContext) -> CallToolResult:
    """Tell how far it is."""
    for progress in (0, 50, 100):
        await ctx.report_progress(progress, 100)
        await anyio.sleep(BEAT)
    return said("done")


def test_logging_tool() -> CallToolResult:
    """Log nothing to the client, as no tool here does."""
    return said("nothing was logged")


async def test_reconnection(ctx: AnyContext) -> CallToolResult:
    """Close the stream, and go on."""
    await ctx.close_sse_stream()
    await anyio.sleep(BEAT)
    return said("the stream was taken up again")


async def test_sampling(prompt: str, ctx: AnyContext) -> CallToolResult:
    """Have the client's model answer."""
    asked = SamplingMessage(role="user", content=TextContent(type="text", text=prompt))
    answer = await ctx.session.create_message([asked], max_tokens=100)  # pyright: ignore[reportDeprecated] - older clients have it
    assert isinstance(answer.content, TextContent)
    return said(f"LLM response: {answer.content.text}")


async def test_elicitation(message: str, ctx: AnyContext) -> CallToolResult:
    """Ask the user who they are."""
    answer = await ctx.elicit(message, Contact)
    return said(f"User response: {answer.model_dump_json()}")


async def test_elicitation_sep1034_defaults(ctx: AnyContext) -> CallToolResult:
    """Ask with defaults."""
    answer = await ctx.elicit("Please review", Defaults)
    return said(f"Elicitation completed: {answer.model_dump_json()}")


async def test_elicitation_sep1330_enums(ctx: AnyContext) -> CallToolResult:
    """Ask for one or several of some options."""
    answer = await ctx.session.elicit_form("Please choose", ENUMS, related_request_id=ctx.request_id)
    return said(f"Elicitation completed: {answer.model_dump_json()}")


def static_text() -> str:
    """A text."""
    return "This is the content of the static text resource."


def static_binary() -> bytes:
    """A pixel."""
    return base64.b64decode(PIXEL)


def watched() -> str:
    """What is subscribed to."""
    return "watched"


def data_of(id: str) -> str:  # noqa: A002 - the suites' name
    """What stands under an id."""
    return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})


def test_simple_prompt() -> str:
    """Say something."""
    return "This is a simple prompt for testing."


def test_prompt_with_arguments(arg1: str, arg2: str) -> str:
    """Say something with two words in it."""
    return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"


def test_prompt_with_embedded_resource(resourceUri: str) -> list[Message]:  # noqa: N803 - the suites' name
    """Embed a resource."""
    embedded = resource(resourceUri, "Embedded resource content for testing.")
    return [UserMessage(embedded), UserMessage("Please process the embedded resource above.")]


def test_prompt_with_image() -> list[Message]:
    """Show a pixel."""
    return [UserMessage(IMAGE), UserMessage("Please analyze the image above.")]


TOOLS = (
    test_simple_text,
    test_image_content,
    test_audio_content,
    test_embedded_resource,
    test_multiple_content_types,
    test_error_handling,
    json_schema_2020_12_tool,
    test_custom_header,
    test_tool_with_progress,
    test_logging_tool,
    test_reconnection,
    test_sampling,
    test_elicitation,
    test_elicitation_sep1034_defaults,
    test_elicitation_sep1330_enums,
)
PROMPTS = (
    test_simple_prompt,
    test_prompt_with_arguments,
    test_prompt_with_embedded_resource,
    test_prompt_with_image,
)


def add_fixtures(server: MCPServer[Any]) -> None:
    """Give `server` what both suites call, but for input that a result requires."""
    for tool in TOOLS:
        server.add_tool(tool)
    for prompt in PROMPTS:
        server.prompt()(prompt)
    server.resource("test://static-text", mime_type="text/plain")(static_text)
    server.resource("test://static-binary", mime_type="image/png")(static_binary)
    server.resource("test://watched-resource", mime_type="text/plain")(watched)
    server.resource("test://template/{id}/data", mime_type="application/json")(data_of)
