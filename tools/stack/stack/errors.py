"""What can go wrong on the machine of the person who starts the stack."""


class StackError(Exception):
    """Said to the person on the terminal in one line, without a trace."""
