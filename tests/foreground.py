"""A child with the signals of a shell's foreground, whatever started the tests."""

import signal


def to_the_foreground() -> None:
    """Let SIGINT and SIGQUIT end what is about to be executed: a shell without job control has its background ignore both.

    A `preexec_fn`: a program inherits what is ignored, and `sh` may not even trap it.
    """
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
