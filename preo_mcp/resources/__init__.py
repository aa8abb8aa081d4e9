"""What a host can read by address: a module per group."""
