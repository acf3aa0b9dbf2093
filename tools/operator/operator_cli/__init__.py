"""The `kentongan` command of the operator."""
