"""An import by hand: what a person chooses on the upload card or page goes through the tools that a model calls."""
