"""`prometheus-blackbox-exporter`, one probe for each request of `/probe`."""

import contextlib
import http.client
import pathlib
import threading
import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yaml

from benchmarks.cpu import process_cpu_s
from benchmarks.figures import Figure, timed
from benchmarks.place import Place
from tests.servers import process, programs
from tests.servers.process import HOST, Server

PROGRAM = "prometheus-blackbox-exporter"
WARM_UP = 20


def module_of(place: Place) -> str:
    """The module of the exporter's configuration that presents this place's client certificate."""
    return f"{place.key.replace(' ', '_')}_{place.tls}"


def _configuration(places: Sequence[Place]) -> str:
    modules: dict[str, object] = {
        module_of(place): {
            "prober": "http",
            "timeout": "5s",
            "http": {
                "preferred_ip_protocol": "ip4",
                "fail_if_not_ssl": True,
                "tls_config": {
                    "ca_file": str(place.trust),
                    "cert_file": str(place.client.certificate),
                    "key_file": str(place.client.private_key),
                },
            },
        }
        for place in places
    }
    modules["connect"] = {"prober": "tcp", "timeout": "5s", "tcp": {"preferred_ip_protocol": "ip4"}}
    return yaml.safe_dump({"modules": modules})


@dataclass(frozen=True, slots=True)
class Blackbox:
    """A running exporter."""

    server: Server

    def probes(self, place: Place, probes: int, at_once: int) -> Figure:
        """CPU and time of that many probes; raises where one did not succeed."""
        asked = urllib.parse.urlencode({"module": module_of(place), "target": place.url})
        return self._measured(f"/probe?{asked}", "probe_success 1", probes, at_once)

    def connects(self, place: Place, probes: int, at_once: int) -> Figure:
        """The same of a prober that only connects: what a request to `/probe` costs apart from TLS and HTTP."""
        asked = urllib.parse.urlencode({"module": "connect", "target": f"{HOST}:{place.port}"})
        return self._measured(f"/probe?{asked}", "probe_success 1", probes, at_once)

    def requests(self, probes: int, at_once: int) -> Figure:
        """The same of a request that probes nothing."""
        return self._measured("/-/healthy", "Healthy", probes, at_once)

    def _measured(self, path: str, wanted: str, probes: int, at_once: int) -> Figure:
        self._ask(path, wanted, WARM_UP, at_once)
        cpu_s = process_cpu_s(self.server.process.pid)
        took_s = timed(lambda: self._ask(path, wanted, probes, at_once))
        return Figure.of(process_cpu_s(self.server.process.pid) - cpu_s, took_s, probes)

    def _ask(self, path: str, wanted: str, requests: int, at_once: int) -> None:
        """Send requests over `at_once` kept connections, as Prometheus keeps its own."""
        left, wrong = iter(range(requests)), list[str]()

        def one_after_another() -> None:
            with contextlib.closing(http.client.HTTPConnection(HOST, self.server.port, timeout=30)) as connection:
                for _ in left:
                    answer = _answer(connection, path)
                    if wanted not in answer:
                        wrong.append(answer)
                        break

        threads = [threading.Thread(target=one_after_another) for _ in range(at_once)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if wrong:
            raise RuntimeError(f"{PROGRAM} did not answer {wanted!r}:\n{wrong[0]}\n{self.server.logged()}")


def _answer(connection: http.client.HTTPConnection, path: str) -> str:
    """The answer, or why there is none: an exception would end a thread, and the measurement would go on without it."""
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    except (OSError, http.client.HTTPException) as error:
        return repr(error)


@contextlib.contextmanager
def exporter(directory: pathlib.Path, places: Sequence[Place]) -> Iterator[Blackbox]:
    """Run the exporter for as long as the block lasts."""
    program = programs.find(PROGRAM)
    if program is None:
        raise FileNotFoundError(f"{PROGRAM} is not installed: apt-get install {PROGRAM}")
    directory.mkdir()
    file = directory / "blackbox.yml"
    file.write_text(_configuration(places), encoding="utf-8")
    server = process.start(
        lambda port: [program, f"--config.file={file}", f"--web.listen-address={HOST}:{port}", "--log.level=error"],
        directory,
    )
    try:
        yield Blackbox(server)
    finally:
        server.stop()
