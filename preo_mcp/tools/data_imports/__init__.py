"""Data imports: tools, mappings, what a person is shown before orders are written."""
