"""The tools: a module per group of operations, and modules named after the job for workflows of several calls."""
