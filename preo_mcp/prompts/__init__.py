"""The work that people come with, as prompts that a host offers them."""
