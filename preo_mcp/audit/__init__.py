"""The audit: a line for every call that is meant to change something, without anybody's personal data."""
