"""Media types that are not JSON."""

CSV = "text/csv"
