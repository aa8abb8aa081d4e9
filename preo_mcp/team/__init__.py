"""A server for several people: each signs in, and has a server of their own with their rights."""
