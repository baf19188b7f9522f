"""Pictures: where they are, what they are, and in which order they belong to a record."""
