"""Three linked servers with a bot in each dialect, to look at (`make demo`)."""
