"""Where the control plane is mounted."""

CONTROL_PREFIX = "/__sandbox"
