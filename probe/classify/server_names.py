"""Whether a certificate is for a name: as RFC 6125 has it, and as OpenSSL does."""

import ipaddress
import re
from dataclasses import replace
from typing import Final

from probe.model.certificate import Certificate

_COMMON_NAME: Final = re.compile(r"(?:^|[,+])CN=([^,+]+)")


def covers(certificate: Certificate, name: str) -> bool:
    """Whether one of the certificate's names is `name`: exact, or `*.` for one left-most label (RFC 6125 6.4.3)."""
    wanted = name.lower().rstrip(".")
    names = {san.lower().rstrip(".") for san in certificate.san}
    try:
        return str(ipaddress.ip_address(wanted)) in names
    except ValueError:
        _, _, parent = wanted.partition(".")
        return wanted in names or (bool(parent) and f"*.{parent}" in names)


def answers_to(certificate: Certificate, name: str) -> bool:
    """Whether OpenSSL takes it for `name`: without a DNS name of its own, a certificate is known by its common name.

    An address is looked for among the alternative names alone (X509_check_ip).
    """
    return covers(certificate, name) or (
        not _is_address(name)
        and not any(_is_dns(san) for san in certificate.san)
        and any(
            covers(replace(certificate, san=(common,)), name) for common in _COMMON_NAME.findall(certificate.subject)
        )
    )


def _is_dns(san: str) -> bool:
    return not _is_address(san) and "://" not in san


def _is_address(name: str) -> bool:
    """Whether it is an IP address as text."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
