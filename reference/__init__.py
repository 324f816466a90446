"""Documentation that is generated from the tables of the code: `python -m reference` (docs/irc.md)."""
