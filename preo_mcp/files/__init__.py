"""Files of this computer: which of them tools may touch, and where secrets and state are kept."""
