"""What each person gets: the campaign's content with their values in it, made away from the event loop.

The values are read on the loop; the templates are compiled once for all (`compiled` keeps them) and work on the values
only, so a batch is rendered in a thread and no template holds up others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from anyio import to_thread
from starlette.datastructures import URL

from preo_mcp.api.models.campaigns import Channel
from preo_mcp.api.models.email_messages import EmailType
from preo_mcp.sandbox.campaigns.rules import edition_of
from preo_mcp.sandbox.email_messages.preview import file_addresses
from preo_mcp.sandbox.mail.composing import compose
from preo_mcp.sandbox.mail.liquid import Deadline, TemplateFault, compiled
from preo_mcp.sandbox.mail.values import SITE, Filled, Recipient, fill
from preo_mcp.sandbox.store import Doc, Store


@dataclass(frozen=True, slots=True)
class Written:
    """Subject (of an e-mail) and body; or `fault`, which says why it could not be written and does not go out."""

    subject: str | None = None
    body: str | None = None
    fault: str | None = None


class Writer:
    """Writes a campaign's messages; made anew for each run, so that it holds what is stored at its beginning."""

    def __init__(self, store: Store, campaign: Doc) -> None:
        self._store = store
        self._sms: str | None = campaign["sms_body"] if campaign["channel"] == Channel.SMS else None
        self._message = store.doc("email_messages", campaign["email_message_id"] or "")
        self._organization = store.doc("organizations", campaign["organization_id"])
        self._edition = edition_of(store, campaign)
        self._files: Mapping[str, str] = file_addresses(store, self._message, URL(SITE)) if self._message else {}

    async def write(self, customers: Sequence[Doc]) -> list[Written]:
        """Return what each of the customers gets, in their order."""
        kind = EmailType.CAMPAIGN if self._message is None else self._message["type"]
        filled = [
            fill(self._store, kind, Recipient(self._organization, self._edition, customer)) for customer in customers
        ]
        return await to_thread.run_sync(partial(self._write_all, filled), abandon_on_cancel=True)

    def _write_all(self, people: Sequence[Filled]) -> list[Written]:
        return [self._email(filled) if self._sms is None else self._text(self._sms, filled) for filled in people]

    def _email(self, filled: Filled) -> Written:
        if self._message is None:
            return Written(fault="The e-mail message is gone.")
        language = (self._edition or {}).get("default_language")
        composed = compose(self._message, filled, language, self._files.get)
        if composed.problems:  # what would be left out could be what the message is about
            first = composed.problems[0]
            return Written(fault=f"Block {first['block'] or 'subject'}: {first['message']}")
        return Written(composed.subject, composed.text)

    def _text(self, template: str, filled: Filled) -> Written:
        try:
            body = compiled(template).render(filled.values, Deadline()).text.strip()
        except TemplateFault as fault:
            return Written(fault=fault.message)
        return Written(body=body) if body else Written(fault="The text message comes out empty.")
