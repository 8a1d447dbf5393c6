"""Envoy: BoringSSL's alerts, no session ticket before it answers, and its own page when an upstream fails."""

import json
from typing import Any

from tests.matrix.fleet.door import Door, Room, Site, Words
from tests.servers import programs
from tests.servers.process import HOST

Json = dict[str, Any]

CANNOT_SHOW = {"weak-key", "weak-expired-and-wrong-name", "everything-and-unknown-ca"}
"""Server certificates that Envoy refuses to load: BoringSSL takes no RSA key below 2048 bits."""

_OF_NONE = "00" * 32
"""A SHA-256 that no certificate has."""


def command(site: Site) -> Words:
    """Write the configuration: a listener for each door."""
    configuration = site.directory / "envoy.json"
    listeners = [_listener(site, door) for door in site.ports]
    static = {"listeners": listeners, "clusters": [_dead_cluster(site)]}
    configuration.write_text(json.dumps({"static_resources": static}), encoding="utf-8")
    quiet: list[str] = ["--disable-hot-restart", "--concurrency", "1", "--log-level", "warning"]
    return [programs.require("envoy"), "-c", configuration, *quiet]


def _listener(site: Site, door: Door) -> Json:
    chain: Json = {"filters": [_http(door)], "transport_socket": _transport_socket(site, door)}
    listener: Json = {
        "name": f"on-{site.ports[door]}",
        "address": {"socket_address": {"address": HOST, "port_value": site.ports[door]}},
        "filter_chains": [chain],
    }
    if door.room is Room.NAMED:
        chain["filter_chain_match"] = {"server_names": ["localhost"]}
        listener["listener_filters"] = [
            _typed("envoy.filters.listener.tls_inspector", "listener.tls_inspector.v3.TlsInspector")
        ]
    return listener


def _http(door: Door) -> Json:
    answers: dict[Room, Json] = {
        Room.FORBIDDEN: {"direct_response": {"status": 403, "body": {"inline_string": "no"}}},
        Room.DOWN: {"route": {"cluster": "dead"}},
    }
    answer = answers.get(door.room, {"direct_response": {"status": 200, "body": {"inline_string": "ok"}}})
    return _typed(
        "envoy.filters.network.http_connection_manager",
        "network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix="door",
        codec_type="AUTO",
        route_config={
            "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, **answer}]}]
        },
        http_filters=[_typed("envoy.filters.http.router", "http.router.v3.Router")],
    )


def _typed(name: str, kind: str, **fields: object) -> Json:
    package = f"envoy.extensions.filters.{kind}" if "." in kind else kind
    return {"name": name, "typed_config": {"@type": f"type.googleapis.com/{package}", **fields}}


def _transport_socket(site: Site, door: Door) -> Json:
    version = f"TLSv{door.tls.replace('.', '_')}"
    pair = site.pair(door)
    common: Json = {
        "tls_params": {"tls_minimum_protocol_version": version, "tls_maximum_protocol_version": version},
        "tls_certificates": [
            {
                "certificate_chain": {"filename": str(pair.certificate)},
                "private_key": {"filename": str(pair.private_key)},
            }
        ],
        "validation_context": {
            "trusted_ca": {"filename": str(site.accepted(door))},
            "crl": {"filename": str(site.crl(door))},
        },
    }
    if door.room is Room.PINNED:
        common["validation_context"]["verify_certificate_hash"] = [_OF_NONE]
    if door.room is Room.H2_ONLY:
        common["alpn_protocols"] = ["h2"]
    kind = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"
    context = {"@type": kind, "require_client_certificate": True, "common_tls_context": common}
    return {"name": "envoy.transport_sockets.tls", "typed_config": context}


def _dead_cluster(site: Site) -> Json:
    address = {"socket_address": {"address": HOST, "port_value": site.dead_port}}
    endpoint = {"lb_endpoints": [{"endpoint": {"address": address}}]}
    return {"name": "dead", "type": "STATIC", "load_assignment": {"cluster_name": "dead", "endpoints": [endpoint]}}
