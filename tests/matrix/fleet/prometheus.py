"""Prometheus: the TLS of Go's standard library, in Debian 12 that of Go 1.19. It checks no revocation list."""

import functools
import re
import subprocess
from typing import Final

from tests.matrix.fleet.door import Site, Words
from tests.servers import programs
from tests.servers.process import HOST

_WEB = """\
tls_server_config:
  cert_file: {pair.certificate}
  key_file: {pair.private_key}
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: {accepted}
  min_version: {version}
  max_version: {version}
"""


_TELLS_SINCE: Final = 21
"""Go 1.21 is the first to send a client the alert that fits."""


@functools.cache
def is_of_old_go() -> bool:
    """Whether the Prometheus that is installed was built by a Go that tells every client the same."""
    said = subprocess.run([programs.require("prometheus"), "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"go version:\s+go1\.(\d+)", said.stdout + said.stderr)
    return found is not None and int(found[1]) < _TELLS_SINCE


def command(site: Site) -> Words:
    """Words for the one door of the site."""
    ((door, port),) = site.ports.items()
    web, main = site.directory / "web.yml", site.directory / "prometheus.yml"
    version = f"TLS{door.tls.replace('.', '')}"
    text = _WEB.format(pair=site.pair(door), accepted=site.accepted(door), version=version)
    web.write_text(text, encoding="utf-8")
    main.write_text("global: {}\n", encoding="utf-8")
    words = ["--enable-feature=agent", f"--storage.agent.path={site.directory}/store", f"--web.config.file={web}"]
    return [programs.require("prometheus"), f"--config.file={main}", f"--web.listen-address={HOST}:{port}", *words]
