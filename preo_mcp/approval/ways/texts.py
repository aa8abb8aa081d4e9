"""What the card, the page and the terminal say besides the question, in the person's language."""

from enum import StrEnum
from typing import Final

from preo_mcp.approval.languages import in_language
from preo_mcp.approval.phrases import ACCOUNT, APPROVE, DECLINE, DECLINED, DOES_NOT_MATCH, EXPIRED, WAITING, WHO_ASKS
from preo_mcp.approval.wording import Figure, Message, Moment, say
from preo_mcp.settings import Language

MAKE_AGAIN: Final = say("Ask the assistant to make the call again.")
ASK_OUTCOME: Final = say("Ask the assistant what came of it.")
ASK_SOMEBODY: Final = say("Ask somebody else who may approve.")
TIME: Final = Figure("{time}")
"""A place that a script fills, in the reader's own time."""
NOTHING_WAITS: Final = say("No question waits for an answer.")
FAILED: Final = say("You approved it, but it ended with an error.")
GO_ON: Final = say("Approved. Tell the assistant to go on.")


def answer_before(time: Figure | Moment) -> Message:
    """Say until when an answer is taken; `time` as the reader knows it."""
    return say("Answer before {time}", time=time)


class Refusal(StrEnum):
    """Why an answer was not taken, or a question not shown."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    APPROVED = "approved_before"
    DECLINED = "declined_before"
    BEGUN = "begun"
    USED = "used"
    FAILED = "failed"
    UNCLEAR = "unclear"
    SECRET = "secret"  # noqa: S105 - a kind of refusal
    TYPED = "typed"
    ANOTHER = "another"
    MAY_NOT = "may_not"
    SIGNED_OUT = "signed_out"


WHY: Final[dict[Refusal, tuple[Message, Message]]] = {
    Refusal.UNKNOWN: (say("There is no such question."), MAKE_AGAIN),
    Refusal.EXPIRED: (EXPIRED, MAKE_AGAIN),
    Refusal.APPROVED: (say("This was approved already."), MAKE_AGAIN),
    Refusal.DECLINED: (say("This was declined already. Nothing was done."), MAKE_AGAIN),
    Refusal.BEGUN: (say("This was approved already."), ASK_OUTCOME),
    Refusal.USED: (say("This was approved and carried out already."), ASK_OUTCOME),
    Refusal.FAILED: (FAILED, ASK_OUTCOME),
    Refusal.UNCLEAR: (say("This was approved. What came of it is not known."), ASK_OUTCOME),
    Refusal.SECRET: (say("This question was opened somewhere else, or its facts changed."), MAKE_AGAIN),
    Refusal.TYPED: (DOES_NOT_MATCH, say("Type it as it is shown.")),
    Refusal.ANOTHER: (say("Somebody other than whoever asked has to say yes."), ASK_SOMEBODY),
    Refusal.MAY_NOT: (say("You may look at this, and not answer it (preo.approve)."), ASK_SOMEBODY),
    Refusal.SIGNED_OUT: (
        say("You are not signed in, or not any more."),
        say("Sign in on the page of all questions."),
    ),
}
"""What happened, and what to do next."""

_DEED: Final = Figure("{deed}")
_NUMBER: Final = Figure("{number}")

_WORDS: Final[dict[str, Message]] = {
    "account": ACCOUNT,
    "approve": APPROVE,
    "approved": say("Approved: {deed}", deed=_DEED),
    "as_text": say("As text"),
    "before": answer_before(TIME),
    **{str(refusal): WHY[refusal][0] for refusal in (Refusal.ANOTHER, Refusal.MAY_NOT)},
    "changed": say("The facts changed. Please look again."),
    "decline": DECLINE,
    "declined": DECLINED,
    "details": say("What the assistant was told"),
    "done": say("Done: {deed}", deed=_DEED),
    "failed": FAILED,
    "go_on": say("Tell the assistant to go on."),
    "loading": say("Loading the question…"),
    "mail": say("The e-mail as its customers see it"),
    "more": say("Further details: {number}", number=_NUMBER),
    "page_close": say("You can close this page."),
    "page_go_on": say("You can close this page. If the assistant does not go on by itself, tell it to."),
    "running": say("Approved, now being carried out: {deed}", deed=_DEED),
    "script": say("This page needs JavaScript. Answer in a terminal instead:"),
    "tell": say("This host did not tell the assistant: tell it yourself."),
    "tells": say("The assistant is being told."),
    "terminal": say("The question could not be loaded. Answer it in a terminal:"),
    "told": say("The assistant knows."),
    "waiting": WAITING,
    "who": WHO_ASKS,
}
"""What the scripts of the card and the page say, by key."""


def words_of_a_team(language: Language) -> dict[str, str]:
    """Return what the script of a team's page says, by key: those who are signed in there have no terminal of it."""
    said = {"script": say("This page needs JavaScript."), "terminal": say("The question could not be loaded.")}
    return words(language) | {key: in_language(message, language) for key, message in said.items()}


def words(language: Language) -> dict[str, str]:
    """Return what the scripts of the card and the page say, by key."""
    return {key: in_language(message, language) for key, message in _WORDS.items()}


def told(refusal: Refusal, language: Language) -> dict[str, str]:
    """Return a refusal as a person reads it: what it is (`state`), what happened (`message`), what to do (`next`)."""
    message, next_step = (in_language(part, language) for part in WHY[refusal])
    return {"state": refusal, "message": message, "next": next_step}
