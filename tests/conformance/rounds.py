"""What the suites call of input that a result requires (protocol 2026-07-28): asked in one round, used in the next."""

from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver.prompts.base import Message, UserMessage
from mcp.shared.exceptions import MCPError
from mcp.types import (
    CallToolResult,
    ClientCapabilities,
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequests,
    InputRequiredResult,
    ListRootsRequest,
    ListRootsResult,
    SamplingCapability,
    SamplingMessage,
    TextContent,
)
from mcp_types import MISSING_REQUIRED_CLIENT_CAPABILITY

from tests.conformance.fixtures import AnyContext, said

Round = CallToolResult | InputRequiredResult
TYPES = {"name": "string", "color": "string", "context": "string", "ok": "boolean"}


def asked(message: str, field: str) -> ElicitRequest:
    """Return the question for one field."""
    schema = {"type": "object", "properties": {field: {"type": TYPES[field]}}, "required": [field]}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def sampled(prompt: str, max_tokens: int) -> CreateMessageRequest:
    """Return the question for the client's model."""
    message = SamplingMessage(role="user", content=TextContent(type="text", text=prompt))
    return CreateMessageRequest(params=CreateMessageRequestParams(messages=[message], max_tokens=max_tokens))


def answered(ctx: AnyContext, key: str, field: str) -> Any:
    """Return what a person answered, or None where this round has no answer."""
    answer = (ctx.input_responses or {}).get(key)
    if isinstance(answer, ElicitResult) and answer.action == "accept":
        return (answer.content or {}).get(field)
    return None


NAME = asked("What is your name?", "name")
GREETING = sampled("Generate a greeting", 50)
CAPITAL = sampled("What is the capital of France?", 100)
CONFIRM = asked("Please confirm", "ok")
STATE = "the state of the first round"


def test_input_required_result_prompt(ctx: AnyContext) -> list[Message] | InputRequiredResult:
    """Ask what it is about."""
    context = answered(ctx, "user_context", "context")
    if context is None:
        question = asked("What context should the prompt use?", "context")
        return InputRequiredResult(input_requests={"user_context": question})
    return [UserMessage(f"The context: {context}")]


def test_input_required_result_elicitation(ctx: AnyContext) -> Round:
    """Ask for a name."""
    name = answered(ctx, "user_name", "name")
    return InputRequiredResult(input_requests={"user_name": NAME}) if name is None else said(f"Hello, {name}!")


def test_input_required_result_sampling(ctx: AnyContext) -> Round:
    """Ask the client's model."""
    answer = (ctx.input_responses or {}).get("capital_question")
    if not isinstance(answer, CreateMessageResult) or not isinstance(answer.content, TextContent):
        return InputRequiredResult(input_requests={"capital_question": CAPITAL})
    return said(answer.content.text)


def test_input_required_result_list_roots(ctx: AnyContext) -> Round:
    """Ask for the client's folders."""
    answer = (ctx.input_responses or {}).get("client_roots")
    if not isinstance(answer, ListRootsResult):
        return InputRequiredResult(input_requests={"client_roots": ListRootsRequest()})
    return said(", ".join(str(root.uri) for root in answer.roots))


def test_input_required_result_request_state(ctx: AnyContext) -> Round:
    """Ask for a yes, with a state."""
    if answered(ctx, "confirm", "ok") is None or ctx.request_state != STATE:
        return InputRequiredResult(input_requests={"confirm": CONFIRM}, request_state=STATE)
    return said("state-ok")


def test_input_required_result_tampered_state(ctx: AnyContext) -> Round:
    """Ask for a yes, with a state that is not to be changed."""
    if answered(ctx, "confirm", "ok") is None:
        return InputRequiredResult(input_requests={"confirm": CONFIRM}, request_state=STATE)
    return said("state-ok")


def test_input_required_result_multiple_inputs(ctx: AnyContext) -> Round:
    """Ask for three things at once."""
    wanted = {"user_name": NAME, "greeting": GREETING, "client_roots": ListRootsRequest()}
    if not wanted.keys() <= (ctx.input_responses or {}).keys() or ctx.request_state != STATE:
        return InputRequiredResult(input_requests=wanted, request_state=STATE)
    return said(f"Hello, {answered(ctx, 'user_name', 'name')}!")


def test_input_required_result_multi_round(ctx: AnyContext) -> Round:
    """Ask twice, the second time with what was answered the first."""
    name = answered(ctx, "step1", "name")
    if name is not None:
        question = asked("Step 2: What is your favorite color?", "color")
        return InputRequiredResult(input_requests={"step2": question}, request_state=f"name: {name}")
    color = answered(ctx, "step2", "color")
    if color is not None and (ctx.request_state or "").startswith("name: "):
        return said(f"{ctx.request_state}, color: {color}")
    question = asked("Step 1: What is your name?", "name")
    return InputRequiredResult(input_requests={"step1": question}, request_state="nothing yet")


def test_streaming_elicitation(ctx: AnyContext) -> Round:
    """Ask within a stream."""
    name = answered(ctx, "user_name", "name")
    return InputRequiredResult(input_requests={"user_name": NAME}) if name is None else said(f"Hello, {name}!")


def test_input_required_result_capabilities(ctx: AnyContext) -> Round:
    """Ask for what the client can give."""
    can = ctx.client_capabilities
    possible: InputRequests = {
        **({"user_name": NAME} if can and can.elicitation else {}),
        **({"greeting": GREETING} if can and can.sampling else {}),
    }
    if possible and not ctx.input_responses:
        return InputRequiredResult(input_requests=possible)
    return said("done")


def test_missing_capability(ctx: AnyContext) -> CallToolResult:
    """Need a client with a model."""
    if not (ctx.client_capabilities and ctx.client_capabilities.sampling):
        needed = ClientCapabilities(sampling=SamplingCapability()).model_dump(exclude_none=True)
        says = "the client has to declare sampling"
        raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, says, {"requiredCapabilities": needed})
    return said("it is there")


TOOLS = (
    test_input_required_result_elicitation,
    test_input_required_result_sampling,
    test_input_required_result_list_roots,
    test_input_required_result_request_state,
    test_input_required_result_tampered_state,
    test_input_required_result_multiple_inputs,
    test_input_required_result_multi_round,
    test_streaming_elicitation,
    test_input_required_result_capabilities,
    test_missing_capability,
)


def add_rounds(server: MCPServer[Any]) -> None:
    """Give `server` the tools and the prompt whose results require input."""
    for tool in TOOLS:
        server.add_tool(tool)
    server.prompt()(test_input_required_result_prompt)
