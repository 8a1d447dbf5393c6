"""Envoy as a proxy for CONNECT: in the clear or behind mutual TLS; it answers 503 in plain text where it cannot connect."""

import json
import pathlib
from typing import Any

from tests.servers import process, programs
from tests.servers.material import Material, Pair
from tests.servers.process import HOST, Server
from tests.servers.squid import DENIED

Json = dict[str, Any]

_TYPES = "type.googleapis.com/envoy.extensions"
_NAMES: Json = {"name": "names", "dns_lookup_family": "V4_ONLY", "dns_query_timeout": "2s"}


def start(directory: pathlib.Path, material: Material, *, tls: str | None = None, server: Pair | None = None) -> Server:
    """Start Envoy: in the clear unless `tls` says `1.2` or `1.3`, then with a required client certificate."""
    program = programs.require("envoy")

    def command(port: int) -> list[str | pathlib.Path]:
        chain: Json = {"filters": [_connecting()]}
        if tls is not None:
            chain["transport_socket"] = _tls(tls, material, server or material.server)
        listener: Json = {
            "name": "proxy",
            "address": {"socket_address": {"address": HOST, "port_value": port}},
            "filter_chains": [chain],
        }
        configuration = directory / "envoy.json"
        static = {"listeners": [listener], "clusters": [_anywhere()]}
        configuration.write_text(json.dumps({"static_resources": static}), encoding="utf-8")
        quiet: list[str] = ["--disable-hot-restart", "--concurrency", "1", "--log-level", "warning"]
        return [program, "-c", configuration, *quiet]

    return process.start(command, directory)


def _connecting() -> Json:
    tunnel = {"upgrade_type": "CONNECT", "connect_config": {}}
    denied: Json = {"direct_response": {"status": 403, "body": {"inline_string": "denied by rule"}}}
    hosts = [
        {"name": "denied", "domains": [f"{DENIED}:*"], "routes": [{"match": {"connect_matcher": {}}, **denied}]},
        {
            "name": "any",
            "domains": ["*"],
            "routes": [
                {"match": {"connect_matcher": {}}, "route": {"cluster": "anywhere", "upgrade_configs": [tunnel]}}
            ],
        },
    ]
    names = _typed("filters.http.dynamic_forward_proxy.v3.FilterConfig", dns_cache_config=_NAMES)
    return _typed(
        "filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix="proxy",
        codec_type="HTTP1",
        route_config={"virtual_hosts": hosts},
        http_filters=[names, _typed("filters.http.router.v3.Router")],
        upgrade_configs=[{"upgrade_type": "CONNECT"}],
    )


def _anywhere() -> Json:
    names = _typed("clusters.dynamic_forward_proxy.v3.ClusterConfig", dns_cache_config=_NAMES)
    return {"name": "anywhere", "lb_policy": "CLUSTER_PROVIDED", "connect_timeout": "5s", "cluster_type": names}


def _tls(version: str, material: Material, pair: Pair) -> Json:
    spoken = f"TLSv{version.replace('.', '_')}"
    files = {
        "certificate_chain": {"filename": str(pair.certificate)},
        "private_key": {"filename": str(pair.private_key)},
    }
    common: Json = {
        "tls_params": {"tls_minimum_protocol_version": spoken, "tls_maximum_protocol_version": spoken},
        "tls_certificates": [files],
        "validation_context": {"trusted_ca": {"filename": str(material.trust)}},
    }
    return _typed(
        "transport_sockets.tls.v3.DownstreamTlsContext", require_client_certificate=True, common_tls_context=common
    )


def _typed(kind: str, **fields: object) -> Json:
    return {"name": kind, "typed_config": {"@type": f"{_TYPES}.{kind}", **fields}}
