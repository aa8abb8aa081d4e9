"""Campaigns: tools, whom they reach with what, and whether they went out."""
