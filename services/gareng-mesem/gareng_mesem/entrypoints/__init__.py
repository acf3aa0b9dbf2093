"""How work comes in."""
