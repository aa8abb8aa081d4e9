"""Ids by a part of a name, while a person types."""
