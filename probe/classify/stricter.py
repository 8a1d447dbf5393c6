"""What a stricter verifier than this path's would refuse: said as a warning, for the day on which the billing service is one."""

from collections.abc import Iterator
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.classify.attempt import Attempt
from probe.classify.finding import Finding, failure
from probe.classify.server_names import answers_to, covers, told_alternatives
from probe.classify.strength import DEFAULT_LEVEL, weak_keys, weak_signatures
from probe.classify.wording import described
from probe.model.certificate import Certificate
from probe.model.failure import Failure, Severity

_STRICT: Final = "breaks RFC 5280 ({text}, OpenSSL code {code}), which only a verifier with X509_STRICT refuses"
_WHO: Final = "as Python does by default since 3.13; this path has `verify.strict: false`"
_COMMON: Final = (
    "has no DNS name among its subject alternative names{names}: it is known by its common name alone, which OpenSSL takes, "
    "and Go, urllib3 and browsers refuse"
)
_LEVEL: Final = (
    "{what}, which this path allows with `verify.security_level: {level}`; "
    "at level {usual}, the default of Python and Debian, it is refused"
)


_UNLISTED: Final = {
    3: ("tls.crl.unavailable", "has no list of its issuer"),
    11: ("tls.crl.not_yet_valid", "has only a list of its issuer that is not yet valid"),
    12: ("tls.crl.expired", "has only a list of its issuer that is out of date"),
}
"""X509_V_ERR of an issuer's list -> the reason, and what our CRL file lacks."""
_WHOLE: Final = (
    "not checked for revocation: our CRL file {lacks}, {issuer}; whoever checks the whole chain against this file, "
    "as nginx, haproxy, Envoy, Node and curl do, refuses the connection"
)


def stricter(attempt: Attempt, catalogue: Catalogue) -> Iterator[Failure]:
    """A warning that nobody need act upon for each thing that a stricter verifier has against the connector's chain."""
    for finding in _findings(attempt):
        made = failure(finding, attempt, catalogue)
        yield catalogue.failure(
            made.reason,
            phase=made.phase,
            confidence=made.confidence,
            summary=made.summary,
            evidence=made.evidence,
            certificate=made.certificate,
            severity=Severity.NONE,
        )


def _findings(attempt: Attempt) -> Iterator[Finding]:
    strict = attempt.strict_objection
    if strict is not None:
        about = strict.certificate or next(iter(attempt.presented), None)
        says = _STRICT.format(text=strict.text or "see its number", code=strict.code)
        yield _finding("tls.server_cert.malformed", about, f"{says}, {_WHO}")
    leaf, name = next(iter(attempt.presented), None), attempt.endpoint.server_name
    if leaf is not None and attempt.tls.established and not covers(leaf, name) and answers_to(leaf, name):
        named = told_alternatives(leaf, name)
        says = _COMMON.format(names=f" ({named})" if named else "")
        yield _finding("tls.server_cert.name_mismatch", leaf, says)
    for said in attempt.listed:
        if said.depth > 0 and said.code in _UNLISTED and said.certificate is not None:
            reason, lacks = _UNLISTED[said.code]
            yield _finding(reason, said.certificate, _WHOLE.format(lacks=lacks, issuer=said.certificate.issuer))
    level = attempt.security_level
    if level is None or level >= DEFAULT_LEVEL:
        return
    found = (
        ("weak_key", "has a key too small for most", weak_keys(attempt.built, DEFAULT_LEVEL)),
        ("weak_signature", "has a signature too weak for most", weak_signatures(attempt.built, DEFAULT_LEVEL)),
    )
    for tail, what, weak in found:
        for certificate in weak[:1]:
            says = _LEVEL.format(what=what, level=level, usual=DEFAULT_LEVEL)
            yield _finding(f"tls.server_cert.{tail}", certificate, says)


def _finding(reason: str, about: Certificate | None, says: str) -> Finding:
    named = f"The certificate {described(about)}" if about else "A certificate of the connector's chain"
    return Finding(reason=reason, summary=f"{named} is accepted here, and {says}.", certificate=about)
