"""Where plans outlive calls and processes: a file of this computer, or Redis."""
