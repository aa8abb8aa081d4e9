"""What `preo-mcp` does besides serving: the demonstration, the doctor, the audit, the hosts."""
