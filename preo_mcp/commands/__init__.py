"""What `preo-mcp` does beside serving: the demonstration, the doctor, the audit, the hosts."""
