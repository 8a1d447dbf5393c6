"""Every certificate that the matrix needs, right and wrong, made anew for each session and written to files."""

import pathlib
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from probe.lab.pki import CLIENT_AUTH, SERVER_AUTH, Authority, Issued, self_signed
from tests.servers import programs
from tests.servers.material import SERVER_NAMES, Pair, write_pair

DAY: Final = timedelta(days=1)
NOT_SERVED: Final = "other-connector.internal"
"""A name that no certificate and no server of the matrix has."""


@dataclass(frozen=True, slots=True)
class Material:
    """Files by name."""

    directory: pathlib.Path
    now: datetime
    servers: dict[str, Pair]
    clients: dict[str, Pair]
    trust: pathlib.Path
    """What the probe trusts: the root, and a root that has expired."""
    early_trust: pathlib.Path
    """A root that becomes valid tomorrow, as everything does for a clock that is behind."""
    late_trust: pathlib.Path
    """A root that expired yesterday together with all below it, as everything has for a clock that is ahead."""
    accepted: pathlib.Path
    """What the servers accept client certificates of: the root."""
    accepted_by_name: pathlib.Path
    """The same, and the intermediate that issues them."""
    accepted_of_strangers: pathlib.Path
    """A root that issued nothing here."""
    issuing_crl: pathlib.Path
    """The current list of the authority that issues servers' certificates, alone."""
    crl: pathlib.Path
    """Current lists of every authority below the root, the `revoked` ones on them."""
    stale_crl: pathlib.Path
    """The same lists, past their nextUpdate."""
    early_crl: pathlib.Path
    """The same lists, before their thisUpdate."""
    other_crl: pathlib.Path
    """A current list, of an authority that issued nothing here."""


def make(directory: pathlib.Path, now: datetime) -> Material:
    """Make everything below `directory`, valid around `now`."""
    root = Authority.root("matrix root", now=now)
    issuing = root.intermediate("matrix issuing CA")
    worn = root.intermediate("matrix worn-out CA", not_before=now - 30 * DAY, not_after=now - DAY)
    servers = _servers(directory, root, issuing, worn, now)
    clients = _clients(root, issuing, worn, now)
    early = Authority.root("matrix early root", now=now + DAY)
    servers["all-early"] = _leaf(early.intermediate("matrix early CA"))
    clients["all-early"] = early.intermediate("matrix early client CA").issue("early client")
    then = now - 60 * DAY
    late = Authority.root("matrix late root", now=then, lifetime=59 * DAY)
    over = {"not_before": then, "not_after": now - DAY}
    servers["all-late"] = _leaf(late.intermediate("matrix late CA", **over), **over)
    clients["weak-signature"] = signed_with_sha1(directory, issuing, usage="clientAuth")
    clients["all-late"] = late.intermediate("matrix late client CA", **over).issue("late client", **over)
    for name in ("superseded-intermediate", "superseded-and-revoked"):
        clients[name] = replace(issuing.issue(f"client with a {name}"), chain=(superseded(root, issuing, now),))
    double = Authority.root("matrix root", now=now).intermediate("matrix issuing CA")
    clients["same-named-ca"] = double.issue("client of a double")
    clients["same-named-ca-alone"] = double.issue("client of a double", send_chain=False)
    stray = _leaf(issuing, san=(NOT_SERVED,))
    servers["wrong-name-and-stray"] = replace(stray, chain=(*stray.chain, superseded(root, issuing, now)))
    gone = root.intermediate("matrix revoked CA")
    servers["revoked-intermediate"] = _leaf(gone)
    servers["path-too-long"], servers["issuer-is-no-ca"] = too_deep(root, now), below_a_leaf(root, now)
    servers["revoked-and-wrong-name"] = _leaf(issuing, san=(NOT_SERVED,))
    revoked = [
        servers["revoked-and-wrong-name"].certificate,
        servers["revoked"].certificate,
        clients["revoked"].certificate,
        clients["superseded-and-revoked"].certificate,
    ]
    past = now - timedelta(hours=2)
    stranger = Authority.root("another root", now=now)
    old = _old_root(now)
    servers["expired-root"] = _below_old_root(old, now)
    return Material(
        directory=directory,
        now=now,
        servers={name: write_pair(directory, f"server-{name}", issued) for name, issued in servers.items()},
        clients={name: write_pair(directory, f"client-{name}", issued) for name, issued in clients.items()},
        trust=_write(directory / "trust.pem", root.certificate_pem + old.certificate_pem),
        early_trust=_write(directory / "early.pem", early.certificate_pem),
        late_trust=_write(directory / "late.pem", late.certificate_pem),
        accepted=_write(directory / "accepted.pem", root.certificate_pem),
        accepted_by_name=_write(directory / "by-name.pem", root.certificate_pem + issuing.certificate_pem),
        accepted_of_strangers=_write(directory / "strangers.pem", stranger.certificate_pem),
        issuing_crl=_write(directory / "issuing-crl.pem", issuing.crl(revoked)),
        crl=_write(
            directory / "crl.pem",
            issuing.crl(revoked) + root.crl([gone.issued.certificate]) + worn.crl() + gone.crl(),
        ),
        stale_crl=_write(
            directory / "stale.pem",
            issuing.crl(revoked, next_update=past) + root.crl(next_update=past) + worn.crl(next_update=past),
        ),
        early_crl=_write(
            directory / "early-crl.pem",
            issuing.crl(revoked, last_update=now + DAY)
            + root.crl(last_update=now + DAY)
            + worn.crl(last_update=now + DAY),
        ),
        other_crl=_write(directory / "other.pem", stranger.crl()),
    )


def _leaf(authority: Authority, *, san: Sequence[str] = SERVER_NAMES, **more: object) -> Issued:
    """A server's certificate."""
    usages = more.pop("usages", (SERVER_AUTH,))
    return authority.issue("localhost", san=san, usages=usages, **more)  # type: ignore[arg-type]


def _servers(
    directory: pathlib.Path, root: Authority, issuing: Authority, worn: Authority, now: datetime
) -> dict[str, Issued]:
    stranger = Authority.root("a root that nobody trusts", now=now)
    past = {"not_before": now - 30 * DAY, "not_after": now - DAY}
    good = _leaf(issuing)
    other = root.intermediate("matrix second CA")
    only_clients = _usage_limited(root, now)
    whole = _leaf(stranger.intermediate("a CA below it"))
    return {
        "good": good,
        "expired": _leaf(issuing, **past),
        "not-yet-valid": _leaf(issuing, not_before=now + DAY, not_after=now + 30 * DAY),
        "wrong-name": _leaf(issuing, san=(NOT_SERVED,)),
        "wrong-usage": _leaf(issuing, usages=(CLIENT_AUTH,)),
        "wrong-usage-of-issuer": _leaf(only_clients),
        "revoked": _leaf(issuing),
        "intermediate-not-sent": _leaf(issuing, send_chain=False),
        "unknown-intermediate-not-sent": _leaf(other, send_chain=False),
        "expired-intermediate": _leaf(worn),
        "unknown-ca": whole,
        "unknown-ca-leaf-alone": _leaf(stranger),
        "unknown-ca-with-root": replace(whole, chain=(*whole.chain, stranger.issued.certificate)),
        "self-signed": self_signed("localhost", now=now, san=SERVER_NAMES),
        "self-signed-by-address": self_signed("127.0.0.1", now=now),
        "weak-key": _leaf(issuing, rsa_bits=1024),
        "weak-signature": signed_with_sha1(directory, issuing),
        "no-authority-key": without_authority_key(issuing, now),
        "expired-and-wrong-name": _leaf(issuing, san=(NOT_SERVED,), **past),
        "expired-twice": _leaf(worn, **past),
        "early-intermediate": _leaf(root.intermediate("matrix CA of tomorrow", not_before=now + DAY)),
        "no-names": _leaf(issuing, san=()),
        "expired-and-no-names": _leaf(issuing, san=(), **past),
        "weak-expired-and-wrong-name": _leaf(issuing, san=(NOT_SERVED,), rsa_bits=1024, **past),
        "everything-and-unknown-ca": _leaf(
            stranger.intermediate("one more CA below it"),
            san=(NOT_SERVED,),
            usages=(CLIENT_AUTH,),
            rsa_bits=1024,
            **past,
        ),
        "expired-and-unknown-ca": _leaf(stranger.intermediate("another CA below it"), **past),
        "everything-wrong": _leaf(issuing, san=(NOT_SERVED,), usages=(CLIENT_AUTH,), **past),
    }


def _clients(root: Authority, issuing: Authority, worn: Authority, now: datetime) -> dict[str, Issued]:
    stranger = Authority.root("a root of strangers", now=now)
    past = {"not_before": now - 30 * DAY, "not_after": now - DAY}
    return {
        "good": issuing.issue("good client"),
        "good-rsa": issuing.issue("good RSA client", rsa_bits=2048),
        "expired": issuing.issue("expired client", **past),
        "not-yet-valid": issuing.issue("future client", not_before=now + DAY, not_after=now + 30 * DAY),
        "expired-intermediate": worn.issue("client of a worn-out CA"),
        "unknown-ca": stranger.intermediate("a CA of strangers").issue("client of strangers"),
        "expired-of-strangers": stranger.intermediate("a CA of strangers").issue("expired client of strangers", **past),
        "incomplete": issuing.issue("client alone", send_chain=False),
        "incomplete-of-another-ca": root.intermediate("matrix client CA").issue("client alone", send_chain=False),
        "revoked": issuing.issue("revoked client"),
        "wrong-usage": issuing.issue("client that is a server", usages=(SERVER_AUTH,)),
        "wrong-usage-of-strangers": stranger.intermediate("a CA of strangers").issue(
            "server of strangers", usages=(SERVER_AUTH,)
        ),
        "key-usage": cannot_sign(issuing, "client that may not sign", now - DAY, now + DAY),
        "expired-and-key-usage": cannot_sign(issuing, "expired client that may not sign", **past),
        "self-signed": self_signed("self-made client", now=now),
        "weak-and-everything": issuing.issue("weak client", rsa_bits=1024, usages=(SERVER_AUTH,), **past),
        "weak-key": issuing.issue("weak client", rsa_bits=1024),
        "expired-and-wrong-usage": issuing.issue("expired server as client", usages=(SERVER_AUTH,), **past),
        "expired-twice": worn.issue("expired client of a worn-out CA", **past),
    }


def superseded(root: Authority, issuing: Authority, now: datetime) -> x509.Certificate:
    """The issuing CA as it was before its renewal: the same name and key, and expired."""
    current = issuing.issued.certificate
    builder = (
        x509.CertificateBuilder()
        .subject_name(current.subject)
        .issuer_name(current.issuer)
        .public_key(current.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 60 * DAY)
        .not_valid_after(now - DAY)
    )
    for extension in current.extensions:
        builder = builder.add_extension(extension.value, critical=extension.critical)
    return builder.sign(root.issued.key, hashes.SHA256())


def _old_root(now: datetime) -> Authority:
    return Authority.root("matrix old root", now=now - 30 * DAY, lifetime=20 * DAY)


def _below_old_root(old: Authority, now: datetime) -> Issued:
    middle = old.intermediate("matrix CA below the old root", not_before=now - 20 * DAY, not_after=now + 20 * DAY)
    return _leaf(middle, not_before=now - DAY, not_after=now + 20 * DAY)


def _usage_limited(root: Authority, now: datetime) -> Authority:
    """An issuing CA whose own extended key usage is for clients alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    parent = root.issued
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name.from_rfc4514_string("CN=matrix CA for clients"))
        .issuer_name(parent.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + 1000 * DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([CLIENT_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_key_of(parent), critical=False)
        .sign(parent.key, hashes.SHA256())
    )
    return Authority(Issued(certificate, key), parent=root, now=now)


def _authority(name: str, parent: Authority, now: datetime, constraints: x509.BasicConstraints) -> Authority:
    """An authority with basic constraints of its own, which may forbid it to be one."""
    key = ec.generate_private_key(ec.SECP256R1())
    above = parent.issued
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name.from_rfc4514_string(f"CN={name}"))
        .issuer_name(above.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + 1000 * DAY)
        .add_extension(constraints, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_key_of(above), critical=False)
    )
    chain = () if above.certificate.subject == above.certificate.issuer else (above.certificate, *above.chain)
    return Authority(Issued(builder.sign(above.key, hashes.SHA256()), key, chain), parent=parent, now=now)


def too_deep(root: Authority, now: datetime) -> Issued:
    """A server's certificate two authorities below the root, of which the upper one may have none below it."""
    narrow = _authority("matrix CA without CAs", root, now, x509.BasicConstraints(ca=True, path_length=0))
    deep = _authority("matrix CA too deep", narrow, now, x509.BasicConstraints(ca=True, path_length=None))
    return _leaf(deep)


def below_a_leaf(root: Authority, now: datetime) -> Issued:
    """A server's certificate below one that is no authority."""
    return _leaf(_authority("matrix no CA", root, now, x509.BasicConstraints(ca=False, path_length=None)))


def _key_of(issuer: Issued) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())


def without_authority_key(issuing: Authority, now: datetime) -> Issued:
    """A leaf without the identifier of its issuer's key, which X509_STRICT asks for (RFC 5280 4.2.1.1)."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name.from_rfc4514_string("CN=localhost"))
        .issuer_name(issuing.issued.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + 30 * DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(SERVER_NAMES[0])]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([SERVER_AUTH]), critical=False)
        .sign(issuing.issued.key, hashes.SHA256())
    )
    return Issued(certificate, key, (issuing.issued.certificate,))


def cannot_sign(issuing: Authority, name: str, not_before: datetime, not_after: datetime) -> Issued:
    """A client's leaf whose key usage is for encryption alone: what a handshake asks of it is a signature (RFC 5280 4.2.1.3)."""
    key = ec.generate_private_key(ec.SECP256R1())
    others = "digital_signature content_commitment data_encipherment key_agreement key_cert_sign crl_sign"
    wanted = dict.fromkeys(f"{others} encipher_only decipher_only".split(), False)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name.from_rfc4514_string(f"CN={name}"))
        .issuer_name(issuing.issued.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.KeyUsage(**wanted, key_encipherment=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([CLIENT_AUTH]), critical=False)
        .add_extension(_key_of(issuing.issued), critical=False)
        .sign(issuing.issued.key, hashes.SHA256())
    )
    return Issued(certificate, key, (issuing.issued.certificate,))


def signed_with_sha1(directory: pathlib.Path, issuing: Authority, *, usage: str = "serverAuth") -> Issued:
    """A leaf signed with SHA-1: `cryptography` refuses to, the `openssl` program does it."""
    leaf = _leaf(issuing)
    key, authority = directory / f"sha1-{usage}.key", directory / "sha1-ca"
    authority.with_suffix(".crt").write_bytes(issuing.certificate_pem)
    authority.with_suffix(".key").write_bytes(issuing.issued.key_pem)
    key.write_bytes(leaf.key_pem)
    extensions = directory / "sha1.ext"
    names = ",".join(f"DNS:{name}" for name in SERVER_NAMES[:1])
    extensions.write_text(f"subjectAltName={names}\nextendedKeyUsage={usage}\nauthorityKeyIdentifier=keyid\n")
    openssl = programs.require("openssl")
    request = subprocess.run(
        [openssl, "req", "-new", "-key", key, "-subj", "/CN=localhost"], check=True, capture_output=True
    ).stdout
    words: list[str | pathlib.Path] = [openssl, "x509", "-req", "-sha1", "-days", "30", "-extfile", extensions]
    words += ["-CA", authority.with_suffix(".crt"), "-CAkey", authority.with_suffix(".key"), "-set_serial", "4711"]
    signed = subprocess.run(words, input=request, check=True, capture_output=True).stdout
    return replace(leaf, certificate=x509.load_pem_x509_certificate(signed))


def _write(path: pathlib.Path, content: bytes) -> pathlib.Path:
    path.write_bytes(content)
    return path
