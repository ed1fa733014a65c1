"""Errors that end a command with one message: input that cannot be used, worker processes that are lost."""


class InputError(ValueError):
    """Bad input: the message says in plain lines where it is, what is wrong and what is allowed.

    The command line prints the message without a traceback and ends with exit code 2.
    """


class WorkersLost(RuntimeError):
    """Worker processes were killed twice in a row, with no result in between."""
