"""The terminal client: dialects, session, commands and screen. Imports `protocol` and nothing of the server."""
