"""What processes that serve one team share through Redis or Valkey, beside the plans of the ledger."""
