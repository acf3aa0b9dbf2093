"""The rules of hazards, pure."""
