"""Without a screen: lines one below the other, at a keyboard or in a pipe."""
