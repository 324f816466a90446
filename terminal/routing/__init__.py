"""From events to windows: a file for each family of events, and the table of them all in `router`."""

from terminal.routing.router import Router

__all__ = ["Router"]
