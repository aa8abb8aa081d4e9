"""Whole tasks as people ask them: calls and tokens of ours, before and now, beside a generated server's."""
