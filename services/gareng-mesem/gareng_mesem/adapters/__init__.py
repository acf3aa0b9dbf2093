"""Tables and contracts."""
