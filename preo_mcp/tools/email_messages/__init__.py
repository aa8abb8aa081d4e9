"""E-mail messages: tools, what a person is shown before a change, previews."""
