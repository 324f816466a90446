"""Text as terminals draw it: formatting, what is harmless, cells, rows, colours of nicks, links. Pure functions; knows
no screen, no window and no dialect."""
