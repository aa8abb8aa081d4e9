"""The platform's messages, templates of the organizers, and messages of the editions that some of them send."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from preo_mcp.api.models.email_messages import BlockType, EmailScope, EmailTemplate, EmailType
from preo_mcp.sandbox.clock import iso
from preo_mcp.sandbox.email_messages.documents import add_message
from preo_mcp.sandbox.seed.editions import PAST, RUNNING, UPCOMING, Plan
from preo_mcp.sandbox.seed.organizations import ELBKLANG, NORDLYS, Organization
from preo_mcp.sandbox.store import Doc, Store

PLATFORM_DAYS_AGO, TEMPLATE_DAYS_AGO, EDITION_DAYS_AGO = 900, 400, 55

RECEIPT_FIELD, REFUND_FIELD = "transaction_receipt_email_id", "refund_confirmation_email_id"


def _block(kind: BlockType, **fields: str) -> Doc:
    return {"type": kind, "text": None, "url": None, "file_id": None, "alt": None, **fields}


def heading(text: str) -> Doc:
    """Return a heading."""
    return _block(BlockType.HEADING, text=text)


def text(*paragraphs: str) -> Doc:
    """Return a text of paragraphs."""
    return _block(BlockType.TEXT, text="\n\n".join(paragraphs))


def button(label: str, url: str) -> Doc:
    """Return a button."""
    return _block(BlockType.BUTTON, text=label, url=url)


ORDER, RULE = _block(BlockType.ORDER_SUMMARY), _block(BlockType.DIVIDER)
POSTER = _block(BlockType.IMAGE, file_id="fil_elbklangposter", alt="Elbklang")

HELLO = "Hi {{ customer.first_name | default: 'there' }},"
HEJ = "Hej {{ customer.first_name | default: 'festivalgæst' }}"


@dataclass(frozen=True, slots=True)
class Draft:
    """A message before it is dated; of an organization, an edition or of neither, which is the platform's."""

    id: str
    type: EmailType
    title: str
    subject: str
    blocks: tuple[Doc, ...]
    organization: Organization | None = None
    plan: Plan | None = None

    @property
    def scope(self) -> EmailScope:
        """The scope that follows from the owner."""
        if self.plan:
            return EmailScope.EDITION
        return EmailScope.TEMPLATE if self.organization else EmailScope.PLATFORM


RECEIPT_BLOCKS = (
    heading("Thank you for your order"),
    text(HELLO, "Your order {{ order.number }} for {{ edition.full_name }} is confirmed. Your tickets are waiting."),
    button("See your tickets", "{{ order.url }}"),
    RULE,
    ORDER,
)
REFUND_BLOCKS = (
    heading("Your refund is on its way"),
    text(HELLO, "We have paid back {{ refund.amount }} for order {{ order.number }} ({{ refund.reason }})."),
)
KVITTERING = (
    heading("Tak for dit køb!"),
    text(
        f"{HEJ}.", "Vi glæder os til at se dig til {{ edition.full_name }}. Din ordre {{ order.number }} er bekræftet."
    ),
    button("Se dine billetter", "{{ order.url }}"),
    RULE,
    ORDER,
    text("Festivalen begynder {{ edition.start_date | date: '%d.%m.%Y kl. %H.%M' }}. Tag legitimation med."),
)
REFUNDERING = (
    heading("Din refundering er på vej"),
    text(f"{HEJ}.", "Vi har tilbagebetalt {{ refund.amount }} for ordre {{ order.number }}. Det kan tage 3 bankdage."),
)

DRAFTS = (
    Draft("eml_platform_receipt", EmailType.RECEIPT, "Receipt", "Your order {{ order.number }}", RECEIPT_BLOCKS),
    Draft("eml_platform_refund", EmailType.REFUND_CONFIRMATION, "Refund", "Your refund", REFUND_BLOCKS),
    Draft(
        *("eml_platform_portal", EmailType.USER_PORTAL_ACCESS, "Portal access", "Your link to sign in"),
        (heading("Sign in"), text(HELLO, "The link works once."), button("Sign in", "{{ portal_url }}")),
    ),
    Draft(
        *("eml_nordlys_receipt", EmailType.RECEIPT, "Kvittering", "Din ordre {{ order.number }}", KVITTERING, NORDLYS),
    ),
    Draft(
        *("eml_nordlys_refund", EmailType.REFUND_CONFIRMATION, "Refundering", "Din refundering", REFUNDERING, NORDLYS),
    ),
    Draft(
        *("eml_nordlys_news", EmailType.CAMPAIGN, "Nyhedsbrev", "Nyt fra {{ organization.name }}"),
        (
            heading("{{ edition.name }} nærmer sig"),
            text(f"{HEJ}.", "Programmet er ude."),
            button("Se det", "{{ edition.url }}"),
        ),
        NORDLYS,
    ),
    Draft(
        *("eml_elbklang_refund", EmailType.REFUND_CONFIRMATION, "Refund confirmation", "Your refund from Elbklang"),
        (*REFUND_BLOCKS, text("See you at the next concert!")),
        ELBKLANG,
    ),
    Draft(
        *("eml_elbklang_news", EmailType.CAMPAIGN, "Newsletter", "New concerts in {{ edition.name }}"),
        (heading("Listen up"), POSTER, text(HELLO, "New dates are out."), button("Get tickets", "{{ edition.url }}")),
        ELBKLANG,
    ),
    Draft(
        *("eml_n27_receipt", EmailType.RECEIPT, "Kvittering Aalborg", "Tak – din ordre {{ order.number }}", KVITTERING),
        *(NORDLYS, UPCOMING),
    ),
    Draft(
        *("eml_n27_refund", EmailType.REFUND_CONFIRMATION, "Refundering Aalborg", "Din refundering", REFUNDERING),
        *(NORDLYS, UPCOMING),
    ),
    Draft(
        *("eml_n27_reminder", EmailType.REMINDER, "Snart er det nu", "Om lidt går det løs, {{ customer.first_name }}!"),
        (
            heading("Vi ses i {{ edition.name }}"),
            text(f"{HEJ}.", "Portene åbner {{ edition.start_date | date: '%d.%m. kl. %H.%M' }}. Du har købt:"),
            text("{% for item in order.items %}{{ item.quantity }} × {{ item.name }}\n{% endfor %}"),
            button("Find vej", "{{ edition.url }}"),
        ),
        *(NORDLYS, UPCOMING),
    ),
    Draft(
        *("eml_n27_vip", EmailType.CAMPAIGN, "VIP i Aalborg", "{{ customer.first_name }}, bliv VIP i år"),
        (
            heading("Oplev {{ edition.name }} som VIP"),
            text(f"{HEJ}.", "Du var med sidst. I år kan du se det hele fra loungen – billetterne er få."),
            button("Køb VIP", "{{ edition.url }}"),
        ),
        *(NORDLYS, UPCOMING),
    ),
)

SENT_BY = (
    (RUNNING, REFUND_FIELD, "eml_nordlys_refund"),
    (UPCOMING, RECEIPT_FIELD, "eml_n27_receipt"),
    (UPCOMING, REFUND_FIELD, "eml_n27_refund"),
    (PAST, REFUND_FIELD, "eml_elbklang_refund"),
)
"""Which edition sends which message; the running one has no receipt, which its healthcheck finds."""


def add_email_messages(store: Store, today: datetime) -> None:
    """Write the messages, and into the editions which they send."""
    for number, draft in enumerate(DRAFTS):
        add_message(store, _dated(draft, today + timedelta(minutes=number)))
    for plan, field, message_id in SENT_BY:
        edition = store.doc("editions", plan.id)
        store.update("editions", plan.id, {**(edition or {}), field: message_id})


def _dated(draft: Draft, today: datetime) -> Doc:
    days = {EmailScope.PLATFORM: PLATFORM_DAYS_AGO, EmailScope.TEMPLATE: TEMPLATE_DAYS_AGO}
    created = iso(today - timedelta(days=days.get(draft.scope, EDITION_DAYS_AGO)))
    return {
        "id": draft.id,
        "organization_id": draft.organization.id if draft.organization else None,
        "edition_id": draft.plan.id if draft.plan else None,
        "scope": draft.scope,
        "type": draft.type,
        "title": draft.title,
        "subject": draft.subject,
        "template": EmailTemplate.MODERN,
        "blocks": [dict(block) for block in draft.blocks],
        "created": created,
        "modified": created,
    }
