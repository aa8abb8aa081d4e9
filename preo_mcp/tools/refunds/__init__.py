"""Refunds: tools, what a person is shown before money moves, and whether it moved."""
