"""What a request means: one file per family of commands, each command a row of the table in `registry`."""
