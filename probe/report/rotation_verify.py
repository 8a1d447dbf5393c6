"""Trying the new pair before anybody uses it, and seeing afterwards that the running service does."""

from probe.model.path import InUse, InUseKind
from probe.report.rotation import NEW_CERTIFICATE, NEW_KEY, Command, Occasion, Step, asked, command, commands, paypath
from probe.report.rotation_issue import is_cert_managed


def preflight(occasion: Occasion) -> Step:
    """The new pair on the live path."""
    tried = paypath(
        "preflight", occasion, "--identity", occasion.identity.name, "--cert", NEW_CERTIFICATE, "--key", NEW_KEY
    )
    if occasion.identity.private_key_password is not None:
        tried += " --key-password-file " + asked("PASSWORD_FILE")
    notes = [
        "It must pass. Where it objects, the objection says what is wrong with the new pair: nothing has changed yet."
    ]
    if is_cert_managed(occasion):
        notes = [
            "It must pass; if it does not, do not let the service load the new pair, which the Secret already holds."
        ]
    return Step(name="preflight", title="Try it before anybody uses it", notes=tuple(notes), commands=commands([tried]))


def verify(occasion: Occasion) -> Step:
    """The file is not the service."""
    fingerprint = command(
        "openssl", "x509", "-in", NEW_CERTIFICATE, "-noout", "-serial", "-fingerprint", "-sha256", "-enddate"
    )
    lines: list[str | Command] = [Command(fingerprint, "what the service must show")]
    in_use = occasion.identity.in_use
    notes = [
        "The file is not the service: the probe reads the new file, and passes, while the service may still hold the old one."
    ]
    if in_use is None:
        notes.append(
            f"How the running service shows what it holds is not configured (`identities.{occasion.identity.name}.in_use`); until it "
            "is, ask it by hand: Envoy `/certs`, the connector's log, or the age of its processes against that of the file."
        )
    else:
        lines.append(_look(in_use))
    lines += [
        Command(paypath("certs", occasion), "the new certificate, and no `certificate.rotated_but_not_used`"),
        Command(paypath("forecast", occasion), "until when money can flow now, and because of which certificate"),
        Command(paypath("check", occasion), "every scenario passes"),
    ]
    return Step(
        name="verify", title="See that the running service uses it", notes=tuple(notes), commands=commands(lines)
    )


def afterwards(occasion: Occasion) -> Step:
    """Nothing of the old pair stays, and nobody has to do this again."""
    name = f"rotate-{occasion.identity.name}"
    notes = [
        "Only when the new one is seen in use. Where the old key may have leaked, have its certificate revoked too."
    ]
    if occasion.identity.managed_by is None:
        notes.append(
            f"Move it to cert-manager, Vault or step-ca, and set `identities.{occasion.identity.name}.managed_by` and `managed_proof`."
        )
    return Step(
        name="afterwards",
        title="Afterwards",
        notes=tuple(notes),
        commands=commands([f"cd .. && rm -r {command(name)}"]),
    )


def _look(in_use: InUse) -> Command:
    """The place that the configuration names, asked by hand."""
    url = in_use.url or ""
    match in_use.kind:
        case InUseKind.ENVOY_ADMIN:
            shown = "jq -r '.certificates[].cert_chain[]? | [.serial_number, .expiration_time, .path] | @tsv'"
            return Command(f"{command('curl', '-fsS', url)} | {shown}", "serial and end of what Envoy holds")
        case InUseKind.HTTP_HEADER:
            header = command("grep", "-i", f"^{in_use.header or ''}:")
            return Command(
                f"{command('curl', '-fsS', '-o', '/dev/null', '-D', '-', url)} | {header}", "its fingerprint"
            )
        case InUseKind.METRIC:
            found = command("grep", f"^{in_use.metric or ''}")
            return Command(f"{command('curl', '-fsS', url)} | {found}", "its fingerprint, serial or end")
        case InUseKind.FILE_SHA256:
            return Command(command("cat", in_use.file or ""), "its fingerprint")
