"""Prometheus: the TLS of Go's standard library. It checks no revocation list."""

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
