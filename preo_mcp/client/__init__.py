"""The way to Preo's API: one HTTP client, its retries and time limits, and failures as the tree of `errors`."""
