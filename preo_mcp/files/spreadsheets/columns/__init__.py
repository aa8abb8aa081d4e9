"""Guessing what each column of a shop's or ticket service's export means, from its heading and its values."""

from preo_mcp.files.spreadsheets.columns.guesses import Guess, guess_columns
from preo_mcp.files.spreadsheets.columns.services import recognised_service

__all__ = ["Guess", "guess_columns", "recognised_service"]
