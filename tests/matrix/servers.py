"""The servers of the matrix by the names that the published table uses."""

from typing import Final

from tests.matrix.fleet import envoy, haproxy

NGINX: Final = "nginx"
NGINX_PAGES: Final = "nginx that says why"
HAPROXY: Final = "haproxy"
HAPROXY_IGNORING: Final = "haproxy that says why"
ENVOY: Final = "Envoy"
STUNNEL: Final = "stunnel"
APACHE: Final = "Apache"
S_SERVER: Final = "openssl s_server"
GO: Final = "Go"
OLD_GO: Final = "Go 1.19 (Prometheus)"
PYTHON: Final = "Python (our own driver)"
INJECTOR: Final = "fault injector"
RESOLVER: Final = "name server"
NAMESPACE: Final = "network namespace"

REAL: Final = (NGINX, NGINX_PAGES, HAPROXY, HAPROXY_IGNORING, ENVOY, STUNNEL, APACHE, S_SERVER, GO, PYTHON)
"""Everything that speaks TLS by a library of its own."""
WITH_OLD_GO: Final = (*REAL, OLD_GO)
"""And what Go was until 1.21, which told every client by the same alert 42."""
DISCLOSING: Final = (NGINX_PAGES, HAPROXY_IGNORING)
"""They finish the handshake whatever the client shows, and say in HTTP what was wrong with it."""
ALERTING: Final = (HAPROXY, ENVOY, STUNNEL, APACHE, S_SERVER, GO, PYTHON)
"""They refuse with an alert that says what was wrong."""
ALL: Final = (*WITH_OLD_GO, INJECTOR, RESOLVER, NAMESPACE)

VERSIONS: Final = ("1.2", "1.3")
ANY: Final = "any"
"""The version of a fault that comes before one is agreed on."""

PROGRAMS: Final = {
    NGINX: "nginx",
    NGINX_PAGES: "nginx",
    HAPROXY: "haproxy",
    HAPROXY_IGNORING: "haproxy",
    ENVOY: "envoy",
    STUNNEL: "stunnel",
    APACHE: "apache2",
    S_SERVER: "openssl",
    GO: "go-server",
    OLD_GO: "prometheus",
    NAMESPACE: "ip",
}
"""What a server's cells need to be installed."""

CANNOT_SHOW: Final = {ENVOY: envoy.CANNOT_SHOW, HAPROXY: haproxy.CANNOT_SHOW, HAPROXY_IGNORING: haproxy.CANNOT_SHOW}
"""Server certificates that a program refuses to load."""
