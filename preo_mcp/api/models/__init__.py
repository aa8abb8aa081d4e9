"""Preo's objects as typed models, a module per group: requests are closed, responses tolerate what they do not know."""
