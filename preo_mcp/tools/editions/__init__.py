"""Editions: tools, what a person is shown before a change, dates in the edition's time."""
