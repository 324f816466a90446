"""The server's own parts: commands, state, storage, transport. Imports run downwards in that order."""
