"""Envoy as the billing service's way out: plain HTTP comes in, and it speaks mTLS with the connector, with a certificate of its own."""

import json
import pathlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tests.servers import process, programs
from tests.servers.material import Material, Pair
from tests.servers.process import HOST, Server, free_port

Json = dict[str, Any]
_TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3"


class Given(StrEnum):
    """How Envoy is given the client certificate."""

    FILE = "file"
    """By the files' names, in its configuration: it reads them once."""
    INLINE = "inline"
    """In its configuration."""
    SDS = "sds"
    """By a file of secrets that names the files (`path_config_source`): it reads them anew when something is renamed into their directory."""


@dataclass(frozen=True, slots=True)
class Envoy:
    """A running one."""

    server: Server
    """Its port takes plain HTTP and passes it on to the connector."""
    admin: str
    """The URL of its admin page."""


def start(directory: pathlib.Path, pair: Pair, *, given: Given, trust: pathlib.Path, connector: int) -> Envoy:
    """Start Envoy with the certificate that `pair` holds now, in front of the connector at this loopback port."""
    program, admin = programs.require("envoy"), free_port()
    secrets = directory / "secrets.json"
    secret = {"@type": f"{_TLS}.Secret", "name": "client", "tls_certificate": _files(pair)}
    secrets.write_text(json.dumps({"resources": [secret]}), encoding="utf-8")

    def command(port: int) -> list[str | pathlib.Path]:
        tls = _upstream(pair, given, secrets) | {
            "validation_context": {"trusted_ca": {"filename": str(trust)}},
            "tls_params": {"tls_maximum_protocol_version": "TLSv1_3"},  # as a client its own default ends at 1.2
        }
        configuration = directory / "envoy.json"
        content = {
            "node": {"id": "billing", "cluster": "billing"},
            "admin": {"address": _address(admin)},
            "static_resources": {"listeners": [_listener(port)], "clusters": [_cluster(connector, tls)]},
        }
        configuration.write_text(json.dumps(content), encoding="utf-8")
        quiet: list[str] = ["--disable-hot-restart", "--concurrency", "1", "--log-level", "warning"]
        return [program, "-c", configuration, *quiet]

    return Envoy(process.start(command, directory), f"http://{HOST}:{admin}")


def start_terminating(directory: pathlib.Path, material: Material, pair: Pair, *, upstream: int) -> Server:
    """Envoy as a billing connector: it wants a client certificate, and shows one of its own, `pair`, to what stands behind it.

    It tells its response flags (`x-envoy-flags`); `/healthz` is not its own answer but the upstream's, as every other path.
    """
    program = programs.require("envoy")

    def command(port: int) -> list[str | pathlib.Path]:
        behind = {
            "tls_certificates": [_files(pair)],
            "validation_context": {"trusted_ca": {"filename": str(material.trust)}},
            "tls_params": {"tls_maximum_protocol_version": "TLSv1_3"},
        }
        listener = {
            "name": "billing",
            "address": _address(port),
            "filter_chains": [{"filters": [_http()], "transport_socket": _downstream(material)}],
        }
        static = {"listeners": [listener], "clusters": [_cluster(upstream, behind)]}
        configuration = directory / "envoy.json"
        configuration.write_text(json.dumps({"static_resources": static}), encoding="utf-8")
        quiet: list[str] = ["--disable-hot-restart", "--concurrency", "1", "--log-level", "warning"]
        return [program, "-c", configuration, *quiet]

    return process.start(command, directory)


def _http() -> Json:
    kind = "type.googleapis.com/envoy.extensions.filters"
    flags = {"header": {"key": "x-envoy-flags", "value": "%RESPONSE_FLAGS%"}}
    route = {"match": {"prefix": "/"}, "route": {"cluster": "connector"}}
    manager = {
        "@type": f"{kind}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "connector",
        "route_config": {
            "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}],
            "response_headers_to_add": [flags],
        },
        "http_filters": [
            {"name": "envoy.filters.http.router", "typed_config": {"@type": f"{kind}.http.router.v3.Router"}}
        ],
    }
    return {"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}


def _downstream(material: Material) -> Json:
    common = {
        "tls_certificates": [_files(material.server)],
        "validation_context": {"trusted_ca": {"filename": str(material.trust)}},
        "tls_params": {"tls_maximum_protocol_version": "TLSv1_3"},
    }
    context = {
        "@type": f"{_TLS}.DownstreamTlsContext",
        "require_client_certificate": True,
        "common_tls_context": common,
    }
    return {"name": "envoy.transport_sockets.tls", "typed_config": context}


def _upstream(pair: Pair, given: Given, secrets: pathlib.Path) -> Json:
    match given:
        case Given.FILE:
            return {"tls_certificates": [_files(pair)]}
        case Given.INLINE:
            chain = pair.certificate.read_text(encoding="utf-8")
            key = pair.private_key.read_text(encoding="utf-8")
            return {
                "tls_certificates": [
                    {"certificate_chain": {"inline_string": chain}, "private_key": {"inline_string": key}}
                ]
            }
        case Given.SDS:
            source = {"path_config_source": {"path": str(secrets)}}
            return {"tls_certificate_sds_secret_configs": [{"name": "client", "sds_config": source}]}


def _files(pair: Pair) -> Json:
    return {
        "certificate_chain": {"filename": str(pair.certificate)},
        "private_key": {"filename": str(pair.private_key)},
    }


def _address(port: int) -> Json:
    return {"socket_address": {"address": HOST, "port_value": port}}


def _listener(port: int) -> Json:
    proxy = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
        "stat_prefix": "connector",
        "cluster": "connector",
    }
    return {
        "name": "billing",
        "address": _address(port),
        "filter_chains": [{"filters": [{"name": "envoy.filters.network.tcp_proxy", "typed_config": proxy}]}],
    }


def _cluster(connector: int, tls: Json) -> Json:
    context = {"@type": f"{_TLS}.UpstreamTlsContext", "sni": "localhost", "common_tls_context": tls}
    return {
        "name": "connector",
        "type": "STATIC",
        "load_assignment": {
            "cluster_name": "connector",
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _address(connector)}}]}],
        },
        "transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": context},
    }
