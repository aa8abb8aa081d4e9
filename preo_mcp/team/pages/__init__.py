"""The page on which those of a team sign in, see the questions that wait for them, and answer."""
