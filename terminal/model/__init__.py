"""What the client remembers: lines, windows, their order. Pure state; knows no screen, no socket and no dialect."""
