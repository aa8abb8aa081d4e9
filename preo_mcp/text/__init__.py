"""Text as it is: made comparable, put on one line, named by media type. Imports nothing else of this package."""
