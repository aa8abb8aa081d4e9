"""The ways to a person's yes besides the host's own dialog: the card, the page and the terminal."""
