"""What people and clocks may do, one use case a file."""
