"""The hosts that start this server: their files, what is written there, and how a file keeps all the rest of itself."""
