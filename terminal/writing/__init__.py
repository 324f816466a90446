"""What a person types, before it is sent: completion, help, secrets, previews. Pure, for screen and plain lines."""
