"""Putting the new pair in place of the old one at once, and putting it back."""

from pathlib import Path
from typing import Final

from probe.classify.wording import age, moment
from probe.report.rotation import (
    NEW_CERTIFICATE,
    NEW_KEY,
    OLD_CERTIFICATE,
    OLD_KEY,
    Command,
    Occasion,
    Step,
    asked,
    command,
    commands,
)
from probe.report.rotation_issue import certificates_there_are, is_cert_managed, namespace, out_of_secret, secret_of

POOLED: Final = (
    "Do not restart the billing service before the new certificate is mounted and has passed preflight: pooled and resumed connections "
    "may go on paying with the old one, even after its end, and a restart drops them all."
)
_FOLLOWS: Final = "A mounted one follows within about two minutes (never, where it is mounted with `subPath`: then only new pods see it)."


def keep(occasion: Occasion) -> Step:
    """Both files of the old pair, in a directory that nobody else can read."""
    name = f"rotate-{occasion.identity.name}"
    lines: list[str | Command] = [f"mkdir -m 700 {command(name)} && cd {command(name)}"]
    if is_cert_managed(occasion):
        old = (out_of_secret(r"tls\.crt", OLD_CERTIFICATE, occasion), out_of_secret(r"tls\.key", OLD_KEY, occasion))
        which = [] if occasion.identity.managed_proof else [certificates_there_are()]
        lines += [*which, secret_of(occasion), *old]
    elif occasion.one_file:
        lines.append(command("cp", "-p", occasion.certificate_file, OLD_CERTIFICATE))
    else:
        lines.append(
            command("cp", "-p", occasion.certificate_file, OLD_CERTIFICATE) + f" && cp -p {_key(occasion)} {OLD_KEY}"
        )
    return Step(
        name="keep",
        title="Keep the old pair",
        notes=("All that follows happens in a directory of its own.",),
        commands=commands(lines),
    )


def roll_out(occasion: Occasion) -> Step:
    """Both files at once, then the service, one replica at a time."""
    if is_cert_managed(occasion):
        notes = f"The Secret has changed already. {_FOLLOWS}"
        lines: list[str | Command] = [
            Command(command("openssl", "x509", "-in", occasion.certificate_file, "-noout", "-serial", "-enddate"),
                    f"where the file is mounted, until it shows what {NEW_CERTIFICATE} holds"),
        ]  # fmt: skip
    elif occasion.mounted:
        notes = f"The files are a mounted Kubernetes Secret: it is changed, never they. {_FOLLOWS}"
        lines = [_secret(occasion, NEW_CERTIFICATE, NEW_KEY)]
    else:
        notes = "Both files change at once, by renaming, so that nobody reads half of one; owner and mode stay."
        lines = [*_files(occasion, NEW_CERTIFICATE, NEW_KEY)]
    lines += _reload(occasion)
    return Step(name="roll-out", title="Roll it out", notes=(POOLED, notes), commands=commands(lines))


def roll_back(occasion: Occasion) -> Step:
    """The old pair, as long as it is good for anything."""
    current = occasion.certificate
    if current is not None and current.expired(occasion.at):
        gone = (
            f"The old certificate expired {age(occasion.at - current.not_after)} ago: there is nothing to go back to."
        )
        ask = "If the new one is refused, ask the connector's operators for the line of their log: time, our address, serial."
        return Step(name="roll-back", title="Roll back", notes=(gone, ask))
    until = f", which is good until {moment(current.not_after)}" if current else ""
    notes = [f"Only where the new certificate is refused: back to the old one{until}."]
    if is_cert_managed(occasion):
        notes.append(
            "cert-manager would overwrite its own Secret again: the old pair goes into another one, and the service mounts that."
        )
        lines: list[str | Command] = [
            f"kubectl -n {namespace(occasion)} create secret tls {asked('SECRET')}-old --cert={OLD_CERTIFICATE} --key={OLD_KEY}"
        ]
    elif occasion.mounted:
        lines = [_secret(occasion, OLD_CERTIFICATE, OLD_KEY)]
    else:
        lines = [*_files(occasion, OLD_CERTIFICATE, OLD_KEY)]
    notes.append("Then let the service load it as above.")
    return Step(name="roll-back", title="Roll back", notes=tuple(notes), commands=commands(lines))


def _reload(occasion: Occasion) -> list[str | Command]:
    if is_cert_managed(occasion) or occasion.mounted:
        deployment = asked("DEPLOYMENT")
        space = namespace(occasion)
        restart = f"kubectl -n {space} rollout restart deployment {deployment}"
        return [
            Command(restart, "only where the service does not load new files by itself; one replica at a time"),
            f"kubectl -n {space} rollout status deployment {deployment}",
        ]
    unit = asked("UNIT")
    return [Command(f"systemctl reload {unit}", "or by its own way of loading new files; one replica at a time")]


def _secret(occasion: Occasion, certificate: str, key: str) -> Command:
    """Applied by the server: the client's way would write the key into an annotation."""
    secret, space = asked("SECRET"), namespace(occasion)
    made = f"kubectl -n {space} create secret tls {secret} --cert={certificate} --key={key} --dry-run=client -o yaml"
    return Command(f"{made} | kubectl apply --server-side --force-conflicts -f -", "certificate and key in one object")


def _files(occasion: Occasion, certificate: str, key: str) -> list[str]:
    """Copies beside the files with their owner and mode, then filled, then renamed: both or none, whatever is lacking when all is pasted at once."""
    place = occasion.certificate_file
    if occasion.one_file:
        both = certificate if certificate == OLD_CERTIFICATE else f"{certificate} {key}"
        return [_beside(place, both), command("mv", "-f", _fresh(place), place)]
    if occasion.key_file is None:
        variable = '"$KEY_FILE.new"'
        keys = f"cp -p {_key(occasion)} {variable} && cat {key} > {variable} || rm -f {variable}"
        both_there = f"test -e {command(_fresh(place))} && test -e {variable}"
        both_moved = f'{command("mv", "-f", _fresh(place), place)} && mv -f {variable} "$KEY_FILE"'
        return [_beside(place, certificate), keys, f"{both_there} && {both_moved}"]
    files = (place, occasion.key_file)
    there = [command("test", "-e", _fresh(file)) for file in files]
    moves = [command("mv", "-f", _fresh(file), file) for file in files]
    return [_beside(place, certificate), _beside(occasion.key_file, key), " && ".join((*there, *moves))]


def _beside(place: Path, content: str) -> str:
    fresh = command(_fresh(place))
    return f"cp -p {command(place)} {fresh} && cat {content} > {fresh} || rm -f {fresh}"


def _fresh(place: Path) -> Path:
    return place.with_name(f"{place.name}.new")


def _key(occasion: Occasion) -> str:
    return command(occasion.key_file) if occasion.key_file else asked("KEY_FILE")
