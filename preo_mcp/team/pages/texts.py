"""What a team's page says besides the questions, in the person's language."""

from typing import Final

from preo_mcp.approval.wording import Message, say

WAITING: Final = say("Questions that wait for an answer")
ALL: Final = say("All questions")
SIGN_IN: Final = say("Sign in")
SIGN_OUT: Final = say("Sign out")
TOKEN: Final = say("Token of this server")
FAILED: Final = say("The sign-in failed. Please try again.")


def asked_by(name: str) -> Message:
    """Say who of the team asked."""
    return say("Asked by {name}", name=name)


def signed_in_as(name: str) -> Message:
    """Say who is signed in."""
    return say("Signed in as {name}", name=name)


def sign_in_at(provider: str) -> Message:
    """Say where one can sign in."""
    return say("Sign in at {provider}", provider=provider)
