"""What the client keeps on disk beside its settings: typed lines and logs of talk, for their owner's eyes only."""
