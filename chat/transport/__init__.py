"""Bytes on a socket <-> bytes of the protocol, without threads of its own."""
