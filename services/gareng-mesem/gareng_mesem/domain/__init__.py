"""The rules of waste, pure."""
