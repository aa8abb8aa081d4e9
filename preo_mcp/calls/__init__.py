"""One call of a tool, step by step: offered, audited, checked, masked, guarded, carried out."""
