"""From a typed result to what a host shows its model: lean structured content, and text that is complete alone."""
