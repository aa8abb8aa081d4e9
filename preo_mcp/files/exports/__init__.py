"""Understanding a shop's export."""
