"""The sidecar's first process: a prober that ends, as over a wrong configuration, must not end the container.

The billing service's pod would be unready until the next start. Signals are waited for, not caught: none comes at a wrong moment.
"""

import signal
import subprocess
import sys

PAUSE_S = 60
TOLD = {signal.SIGTERM, signal.SIGINT}
WAITED = {*TOLD, signal.SIGCHLD}


def hear() -> None:
    """In the prober, before it begins: signals are its own affair again."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, WAITED)


signal.pthread_sigmask(signal.SIG_BLOCK, WAITED)
while True:
    command = ["paypath", "run", "--config", "/etc/paypath/paypath.yaml"]
    prober = subprocess.Popen(command, preexec_fn=hear)  # noqa: S603, PLW1509 - our own words; there are no threads here
    while prober.poll() is None:
        if signal.sigwait(WAITED) in TOLD:
            prober.terminate()
            prober.wait()
            sys.exit(0)
    sys.stderr.write(f"paypath: the prober ended with status {prober.returncode}; it is started again in {PAUSE_S} s\n")
    sys.stderr.flush()
    if signal.sigtimedwait(TOLD, PAUSE_S):
        sys.exit(0)
