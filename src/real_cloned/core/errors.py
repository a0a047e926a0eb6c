"""The errors that speak to the person at the keyboard."""


class RealClonedError(Exception):
    """Something in the input, the parameters or the machine that the user can put right.

    The message names the thing, its value and the way out; the command line prints it without a traceback.
    """
