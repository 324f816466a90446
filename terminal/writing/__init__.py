"""What a person types, before it is sent: completion, help, secrets, previews. Pure; the screen and plain lines use it."""
