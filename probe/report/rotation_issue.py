"""How a new certificate is had: from cert-manager, Vault, step-ca, or by hand, with the subject and names of the current one."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from probe.certificates.likeness import Likeness
from probe.report.rotation import NEW_CERTIFICATE, NEW_KEY, Command, Occasion, Step, asked, command, commands
from probe.report.words import printable

_CLIENT_AUTH: Final = "1.3.6.1.5.5.7.3.2"
_SERVER_AUTH: Final = "1.3.6.1.5.5.7.3.1"
_LIFETIME: Final = "2160h"
_LOOK: Final = command(
    "openssl", "x509", "-in", NEW_CERTIFICATE, "-noout", "-subject", "-issuer", "-dates",
    "-ext", "extendedKeyUsage,subjectAltName",
)  # fmt: skip
_REQUEST: Final = "new.csr"


def issue(occasion: Occasion) -> Step:
    """The step that gives `new.crt` and `new.key`."""
    managed_by = (occasion.identity.managed_by or "").casefold()
    for pattern, step in _ISSUERS.items():
        if re.search(pattern, managed_by):
            return step(occasion)
    return _by_hand(occasion)


def namespace(occasion: Occasion) -> str:
    """Of the Certificate resource, as a word for a shell."""
    proof = occasion.identity.managed_proof
    return command(proof.namespace) if proof else asked("NAMESPACE")


def is_cert_managed(occasion: Occasion) -> bool:
    """Whether cert-manager is said to renew it."""
    return re.search(_CERT_MANAGER, (occasion.identity.managed_by or "").casefold()) is not None


def out_of_secret(key: str, file: str, occasion: Occasion) -> str:
    """Take one key of the Secret that cert-manager writes; `SECRET` is set by `secret_of`."""
    path = command("-o", f"jsonpath={{.data.{key}}}")
    return f"(umask 077; kubectl -n {namespace(occasion)} get secret {asked('SECRET')} {path} | base64 -d > {file})"


def certificates_there_are() -> Command:
    """For a configuration that does not say which Certificate resource it is."""
    columns = "custom-columns=NAMESPACE:.metadata.namespace,NAME:.metadata.name,SECRET:.spec.secretName"
    return Command(f"kubectl get certificate -A -o {columns}", "to fill in NAMESPACE and CERTIFICATE")


def secret_of(occasion: Occasion) -> Command:
    """Set `SECRET` to the one that the Certificate resource is written to."""
    get = f"kubectl -n {namespace(occasion)} get certificate {_resource(occasion)}"
    name = command("-o", "jsonpath={.spec.secretName}")
    return Command(f'SECRET=$({get} {name}) && echo "$SECRET"', "the Secret it is written to")


def _resource(occasion: Occasion) -> str:
    proof = occasion.identity.managed_proof
    return command(proof.certificate) if proof else asked("CERTIFICATE")


def _cert_manager(occasion: Occasion) -> Step:
    space, name = namespace(occasion), _resource(occasion)
    notes = ["cert-manager writes the new pair into the Secret as soon as it is issued."]
    if occasion.identity.managed_proof is None:
        notes.append(
            f"Which Certificate resource it is, is not configured (`identities.{occasion.identity.name}.managed_proof`): it is the "
            "one whose Secret is mounted for the billing service."
        )
    lines: list[str | Command] = [
        f"cmctl renew --namespace {space} {name}",
        Command(f"cmctl status certificate --namespace {space} {name}", "again, until `Not After` has moved"),
        Command(f"kubectl -n {space} describe certificaterequest", "where it does not: its events say why"),
        out_of_secret(r"tls\.crt", NEW_CERTIFICATE, occasion),
        out_of_secret(r"tls\.key", NEW_KEY, occasion),
        Command(_LOOK, "subject and names as before, a new end, and clientAuth"),
    ]
    return Step(name="issue", title="Renew it with cert-manager", notes=tuple(notes), commands=commands(lines))


def _vault(occasion: Occasion) -> Step:
    alike = occasion.likeness
    role = f"{asked('VAULT_PKI')}/issue/{asked('VAULT_ROLE')}"
    words = [f"common_name={alike.common_name or ''}", *_vault_names(alike)] if alike else []
    wanted = command(*words) if words else "common_name=" + asked("NAME")
    write = f"vault write -format=json {role} {wanted} ttl={_LIFETIME}"
    return Step(
        name="issue",
        title="Issue it with Vault",
        notes=("The role decides about the rest of the subject, and must allow clientAuth (`client_flag`).",),
        commands=commands(
            (
                f"(umask 077; {write} > new.json)",
                f"jq -r '.data.certificate, (.data.ca_chain // [])[]' new.json > {NEW_CERTIFICATE}",
                f"(umask 077; jq -r .data.private_key new.json > {NEW_KEY}) && rm new.json",
                Command(_LOOK, "subject and names as before, and clientAuth"),
            )
        ),
    )


def _vault_names(alike: Likeness) -> list[str]:
    """The names in Vault's parameters; it would add the common name to them by itself."""
    named = {"alt_names": (*alike.dns, *alike.emails), "ip_sans": alike.addresses, "uri_sans": alike.uris}
    words = [f"{parameter}={','.join(names)}" for parameter, names in named.items() if names]
    return words if alike.common_name in named["alt_names"] else [*words, "exclude_cn_from_sans=true"]


def _step_ca(occasion: Occasion) -> Step:
    current, alike = occasion.certificate_file, occasion.likeness
    name = command(alike.common_name) if alike and alike.common_name else asked("NAME")
    names = (*alike.dns, *alike.addresses, *alike.uris, *alike.emails) if alike else ()
    sans = command(*(word for one in names for word in ("--san", one)))
    anew = f"step ca certificate {name} {NEW_CERTIFICATE} {NEW_KEY} {sans}".rstrip() + f" --not-after={_LIFETIME}"
    lines: list[str | Command] = []
    expired = occasion.certificate is None or occasion.certificate.expired(occasion.at)
    if not expired and occasion.key_file is not None:
        rekey = command("step", "ca", "rekey", current, occasion.key_file)
        rekey += f" --out-cert={NEW_CERTIFICATE} --out-key={NEW_KEY}"
        lines.append(Command(rekey, "with the current certificate as the proof of who asks"))
        lines.append(Command(anew, "or anew, where the CA refuses that; it asks for a provisioner"))
    else:
        lines.append(Command(anew, "the current one cannot vouch for a renewal; it asks for a provisioner"))
    lines.append(Command(_LOOK, "subject and names as before, and clientAuth"))
    return Step(name="issue", title="Issue it with step-ca", commands=commands(lines))


def _by_hand(occasion: Occasion) -> Step:
    claimed = occasion.identity.managed_by
    notes = [
        f"paypath knows no commands for `{claimed}`; if it can renew the certificate, let it, into {NEW_CERTIFICATE} and {NEW_KEY}."
        if claimed
        else "Nothing is known to renew this certificate: afterwards, see to it that something does."
    ]
    notes.append(
        f"{_REQUEST} goes to {_issuer(occasion)}; the key stays here. What comes back goes into {NEW_CERTIFICATE}: the certificate "
        "first, then its intermediates."
    )
    signing = (
        f"openssl x509 -req -in {_REQUEST} -CA {asked('CA')} "
        f"-CAkey {asked('CA_KEY')} -days 90 -copy_extensions copy -out {NEW_CERTIFICATE}"
    )
    lines: tuple[str | Command, ...] = (
        Command(f"(umask 077; {_genpkey(occasion)})", "a new key"),
        Command(_request(occasion), "the request, with the subject and names of the current certificate"),
        Command(signing, "only where the CA is a pair of files of your own; OpenSSL 3"),
        Command(f"cat {asked('CA')} >> {NEW_CERTIFICATE}", "only where that CA is an intermediate"),
        Command(_LOOK, "subject and names as before, and clientAuth"),
    )
    return Step(name="issue", title="Issue it by hand", notes=tuple(notes), commands=commands(lines))


def _issuer(occasion: Occasion) -> str:
    current = occasion.certificate
    if current is None:
        return "the CA that issued the current one"
    if current.publicly_trusted:
        return "a private CA (the current issuer is a public one, and those no longer issue clientAuth)"
    if current.self_issued:
        return "a CA that the connector accepts (the current certificate signed itself)"
    return f"whoever runs {printable(current.issuer)}"


def _genpkey(occasion: Occasion) -> str:
    options = (occasion.likeness or Likeness(subject=None, common_name=None)).key_options
    encrypted = ("-aes-256-cbc",) if occasion.identity.private_key_password is not None else ()
    return command("openssl", "genpkey", *options, *encrypted, "-out", NEW_KEY)


def _request(occasion: Occasion) -> str:
    """By name where openssl can be told them; else it copies them, with whatever else the certificate holds."""
    alike = occasion.likeness
    if alike is None:
        subject = asked("SUBJECT")
        return (
            f"openssl req -new -utf8 -key {NEW_KEY} -subj {subject} -addext extendedKeyUsage=clientAuth -out {_REQUEST}"
        )
    if alike.subject is None or not alike.plain:
        words = ("-in", occasion.certificate_file, "-signkey", NEW_KEY, "-copy_extensions", "copyall", "-out", _REQUEST)
        return command("openssl", "x509", "-x509toreq", *words)
    names = ("-addext", f"subjectAltName={alike.alternative_names}") if alike.alternative_names else ()
    several = ("-multivalue-rdn",) if alike.multiple else ()
    return command(
        "openssl", "req", "-new", "-utf8", *several, "-key", NEW_KEY, "-subj", alike.subject,
        "-addext", f"extendedKeyUsage={_usages(occasion)}", *names, "-out", _REQUEST,
    )  # fmt: skip


def _usages(occasion: Occasion) -> str:
    """clientAuth, and serverAuth where the current certificate has it too."""
    had = occasion.certificate.extended_key_usage if occasion.certificate else ()
    return "clientAuth,serverAuth" if _SERVER_AUTH in had and _CLIENT_AUTH in had else "clientAuth"


_CERT_MANAGER: Final = r"cert-?manager"
_ISSUERS: Final[Mapping[str, Callable[[Occasion], Step]]] = {
    _CERT_MANAGER: _cert_manager,
    r"\bvault\b|\bopenbao\b": _vault,
    r"\bstep\b|\bstep-?ca\b|smallstep": _step_ca,
}
"""What `managed_by` says -> how it is told to issue."""
