"""Bytes <-> values for the three dialects. No sockets, locks, threads or clocks; imports nothing else of the project."""
