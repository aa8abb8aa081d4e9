"""What a host can read by address, and be told of when it changes."""
