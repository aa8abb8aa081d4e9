"""Finding the tool for a wish."""
