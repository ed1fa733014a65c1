"""The error of everything that a person gave and that cannot be used."""


class InputError(ValueError):
    """Bad input: the message says in plain lines where it is, what is wrong and what is allowed.

    The command line prints the message without a traceback and ends with exit code 2.
    """
