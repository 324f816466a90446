"""Bytes <-> values for the three dialects. No sockets, locks, threads, clocks; imports nothing else of the project."""
