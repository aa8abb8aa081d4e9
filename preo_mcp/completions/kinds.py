"""What an argument is the id of."""

from enum import StrEnum


class Kind(StrEnum):
    """The kinds of things whose ids are completed."""

    EDITION = "edition"
    DATA_IMPORT = "data_import"
    CAMPAIGN = "campaign"
    SEGMENT = "segment"
    MESSAGE = "message"
    WEBHOOK = "webhook"
    CUSTOMER = "customer"
    ORDER = "order"
