"""`openssl s_time`: the same handshake and request in C, with nothing around them."""

import re
import subprocess
import time
from typing import Final

from benchmarks.cpu import ended_children_cpu_s
from benchmarks.figures import Figure
from benchmarks.place import HEALTH, Place
from tests.servers import programs
from tests.servers.process import HOST

SECONDS: Final = 1
"""`-time` counts whole seconds."""
_COUNT: Final = re.compile(r"^(\d+) connections in \d+ real seconds", re.MULTILINE)
_DEPTH: Final = "5"


def connections(place: Place, at_once: int) -> Figure:
    """CPU and rate of full handshakes, each with one request, by `at_once` processes side by side."""
    command = [
        str(programs.require("openssl")),
        *("s_time", "-new", "-time", str(SECONDS), "-www", HEALTH, "-verify", _DEPTH),
        *("-connect", f"{HOST}:{place.port}", "-CAfile", str(place.trust)),
        *("-cert", str(place.client.certificate), "-key", str(place.client.private_key)),
    ]
    cpu_s, began_s = ended_children_cpu_s(), time.perf_counter()
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) for _ in range(at_once)
    ]
    said = [process.communicate()[0] for process in running]
    took_s = time.perf_counter() - began_s
    made = sum(int(found[1]) for text in said if (found := _COUNT.search(text)))
    if not made:
        raise RuntimeError(f"s_time made no connection:\n{said[0]}")
    return Figure.of(ended_children_cpu_s() - cpu_s, took_s, made)
