"""Files that a person hands over without a path: received in pieces, kept for a while, then gone.

`upload` is one of them and why something is refused, `store` where they are kept, `folder` the store of one computer,
`uploads` the rules: whose they are, what their secrets open, how many and how large they may be.
"""

from typing import Final

FOLDER: Final = "uploads"
"""Below the state folder."""
