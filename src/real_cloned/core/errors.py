"""The base class of errors that a user can act on."""


class RealClonedError(Exception):
    """An error in the input, the parameters or the machine that the user can correct.

    The message names the object, its value and the remedy; the command line prints it without a traceback.
    """
