"""The variables of templates: which there are, what they hold, and in which types of messages (all inferred)."""

from collections.abc import Collection
from dataclasses import dataclass

from preo_mcp.api.models.email_messages import EmailType

EVERY_TYPE = tuple(EmailType)
WITH_ORDER = (EmailType.RECEIPT, EmailType.RECEIPT_ONLINE, EmailType.REMINDER, EmailType.REFUND_CONFIRMATION)
WITH_REFUND = (EmailType.REFUND_CONFIRMATION,)
WITH_PORTAL = (EmailType.USER_PORTAL_ACCESS,)
WITH_UNSUBSCRIBE = (EmailType.CAMPAIGN,)


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable; `shown` is how its example is written where the name alone would show a list."""

    name: str
    description: str
    types: Collection[EmailType] = EVERY_TYPE
    shown: str = ""

    @property
    def template(self) -> str:
        """The Liquid that shows it."""
        return self.shown or f"{{{{ {self.name} }}}}"


VARIABLES = (
    Variable("customer.first_name", "First name; can be empty, so write {{ customer.first_name | default: 'there' }}."),
    Variable("customer.last_name", "Last name; can be empty."),
    Variable("customer.full_name", "First and last name, as far as known."),
    Variable("customer.email", "Address that the message goes to."),
    Variable("customer.phone_number", "Number with country code; can be empty."),
    Variable("customer.locale", "Language of the customer, such as da."),
    Variable("edition.name", "Name of the edition."),
    Variable("edition.full_name", "Name of the event and the edition."),
    Variable(
        "edition.start_date", "Start in the edition's time; {{ edition.start_date | date: '%d.%m.%Y' }} formats it."
    ),
    Variable("edition.end_date", "End in the edition's time."),
    Variable("edition.timezone", "The edition's time zone."),
    Variable("edition.url", "Page where tickets are sold."),
    Variable("organization.name", "Name of the organizer."),
    Variable("today", "Day of sending in the edition's time."),
    Variable("now", "Moment of sending in the edition's time."),
    Variable("order.number", "Order number.", WITH_ORDER),
    Variable("order.date", "When it was ordered, in the edition's time.", WITH_ORDER),
    Variable("order.total", "What was paid, with currency.", WITH_ORDER),
    Variable("order.fees", "Fees in it, with currency.", WITH_ORDER),
    Variable("order.deposits", "Deposits in it, with currency.", WITH_ORDER),
    Variable("order.url", "Page of the order with its tickets.", WITH_ORDER),
    Variable(
        "order.items",
        "What was bought, to loop over: name, variant, quantity, price (of one), amount (of all).",
        WITH_ORDER,
        "{% for item in order.items %}{{ item.quantity }} × {{ item.name }}{% unless forloop.last %}, {% endunless %}"
        "{% endfor %}",
    ),
    Variable("refund.amount", "What is paid back, with currency.", WITH_REFUND),
    Variable("refund.reason", "Why, in words.", WITH_REFUND),
    Variable("refund.date", "When it was paid back, in the edition's time.", WITH_REFUND),
    Variable("portal_url", "Link that signs the customer in to their portal.", WITH_PORTAL),
    Variable("unsubscribe_url", "Link to unsubscribe; also stands below every campaign.", WITH_UNSUBSCRIBE),
)
"""Every variable, in the order in which they are listed."""
