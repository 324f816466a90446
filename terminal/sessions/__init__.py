"""Sessions: a conversation with one server, from the first attempt to connect to the last word, and how it goes on
after a loss."""
