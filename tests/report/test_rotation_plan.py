"""The commands of a rotation for every way of issuing and of holding a certificate: each one can be pasted into a shell."""

import dataclasses
import pathlib
import subprocess
from datetime import timedelta
from typing import Any

import jsonschema
import pytest

from probe.certificates.likeness import likeness_of
from probe.certificates.parse import certificates_from_pem
from probe.lab.pki import CLIENT_AUTH, SERVER_AUTH, Authority
from probe.model.certificate import Source, SourceKind
from probe.model.clock import SystemClock
from probe.model.path import Identity, InUse, InUseKind, ManagedProof, ProofKind
from probe.model.secret import Secret
from probe.report.json import dump
from probe.report.rotation import UNKNOWN, Occasion, RotationPlan
from probe.report.rotation_plan import plan, plan_to_dict, render_plan
from probe.report.schema import result_schema

NOW = SystemClock().now().replace(microsecond=0)
HOME = pathlib.Path("/etc/it's billing")
CRT, KEY = HOME / "tls.crt", HOME / "tls.key"
PEM = (
    Authority.root("Corp CA", now=NOW)
    .issue("billing service", san=("billing.internal", "10.0.0.7"), usages=(CLIENT_AUTH, SERVER_AUTH))
    .certificate_pem
)
LEAF = certificates_from_pem(PEM, source=Source(SourceKind.FILE, str(CRT)))[0]
IDENTITY = Identity(name="billing", certificate=CRT, private_key=KEY)
PROOF = ManagedProof(kind=ProofKind.KUBERNETES, namespace="payments", certificate="billing-client")
OCCASION = Occasion(
    identity=IDENTITY,
    at=NOW,
    certificate=LEAF,
    likeness=likeness_of(PEM),
    certificate_file=CRT,
    key_file=KEY,
    config=HOME / "paypath.yaml",
)


def of(identity: Identity = IDENTITY, **more: object) -> RotationPlan:
    """The plan of an occasion that differs in these."""
    return plan(dataclasses.replace(OCCASION, identity=identity, **more))  # type: ignore[arg-type]  # the caller's keywords


def managed(by: str | None, **more: object) -> Identity:
    """The identity, renewed by that."""
    return dataclasses.replace(IDENTITY, managed_by=by, **more)  # type: ignore[arg-type]  # the caller's keywords


def typed(made: RotationPlan, *names: str) -> str:
    """The commands of the named steps, else of all, one a line."""
    return "\n".join(one.text for step in made.steps if not names or step.name in names for one in step.commands)


def told(made: RotationPlan) -> str:
    """All that the plan says, on one line."""
    return " ".join(render_plan(made, color=False, width=80).split())


PLANS = {
    "by hand": of(),
    "cert-manager": of(managed("cert-manager", managed_proof=PROOF)),
    "cert-manager, unknown resource": of(managed("cert-manager")),
    "vault": of(managed("Vault")),
    "vault, unreadable": of(managed("vault"), certificate=None, likeness=None, trouble="no such file"),
    "step-ca": of(managed("step-ca")),
    "step-ca, expired": of(managed("step"), at=LEAF.not_after + timedelta(hours=2)),
    "something else": of(managed("the night shift")),
    "mounted": of(mounted=True),
    "one file": of(key_file=CRT),
    "without a key": of(key_file=None),
    "encrypted": of(managed(None, private_key_password=Secret("hunter2"))),
    "unreadable": of(certificate=None, likeness=None, trouble="/etc/tls.crt does not exist"),
    "environment alone": of(config=None),
    **{
        kind.value: of(
            managed(None, in_use=InUse(kind=kind, url="http://x/a?b&c", header="X-Cert", file=CRT, metric="held"))
        )
        for kind in InUseKind
    },
}


@pytest.mark.parametrize("name", PLANS)
def test_every_command_can_be_pasted(name: str) -> None:
    """Each by itself is whole for a POSIX shell, whatever is in names and paths; the steps are always the same seven."""
    made = PLANS[name]
    for step in made.steps:
        for one in step.commands:
            checked = subprocess.run(["sh", "-n", "-c", one.text], capture_output=True, text=True, check=False)
            assert (checked.returncode, checked.stderr) == (0, ""), one.text
            assert "\n" not in one.text
    assert [step.name for step in made.steps] == [
        *("keep", "issue", "preflight", "roll-out", "verify", "roll-back", "afterwards"),
    ]
    assert "hunter2" not in told(made) + dump(plan_to_dict(made))


@pytest.mark.parametrize("name", PLANS)
def test_what_is_to_be_filled_in(name: str) -> None:
    """Every word that only a person knows is listed first; until it is set, the shell does nothing."""
    made = PLANS[name]
    assert set(made.fill_in) <= set(UNKNOWN)
    for variable in made.fill_in:
        lines = [line for line in typed(made).splitlines() if f"${{{variable}:?}}" in line]
        assert lines
        run = subprocess.run(
            ["sh", "-c", f"cp() {{ :; }}; PATH=; {lines[0]}"], capture_output=True, text=True, check=False
        )
        assert run.returncode != 0
        assert any(f"{one}: parameter" in run.stderr for one in made.fill_in), run.stderr


@pytest.mark.parametrize("one_file", [False, True])
@pytest.mark.parametrize("lacking", [(), ("new.crt",), ("new.key",), ("new.crt", "new.key")])
def test_files_in_use_are_replaced_together_or_stay(
    tmp_path: pathlib.Path,
    lacking: tuple[str, ...],
    one_file: bool,  # noqa: FBT001 - a table's column
) -> None:
    """All pasted at once, where a new file is not at hand: none is emptied, and no pair is left half rotated."""
    files = {name: tmp_path / name for name in ("tls.crt", "tls.key")}
    for name in ("tls.crt", "tls.key", "new.crt", "new.key"):
        if name not in lacking:
            (tmp_path / name).write_text(name)
    key = files["tls.crt" if one_file else "tls.key"]
    lines = typed(of(certificate_file=files["tls.crt"], key_file=key), "roll-out").splitlines()
    pasted = "\n".join(line for line in lines if line.startswith(("cp ", "mv ", "test ")))
    subprocess.run(["sh", "-c", pasted], cwd=tmp_path, capture_output=True, check=False)
    held = "".join(path.read_text() for path in dict.fromkeys((files["tls.crt"], key)))
    assert held == (("tls.crt" if one_file else "tls.crttls.key") if lacking else "new.crtnew.key")


def test_by_hand() -> None:
    """Same subject, same names, same usages, a key of the same kind; and who has to sign it."""
    commands = typed(PLANS["by hand"], "issue")
    assert "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out new.key" in commands
    assert "-subj '/CN=billing service' -addext extendedKeyUsage=clientAuth,serverAuth" in commands
    assert "-addext subjectAltName=DNS:billing.internal,IP:10.0.0.7 -out new.csr" in commands
    said = told(PLANS["by hand"])
    assert "new.csr goes to whoever runs CN=Corp CA" in said
    assert "set `identities.billing.managed_by`" in said
    assert "paypath knows no commands for `the night shift`" in told(PLANS["something else"])


def test_cert_manager() -> None:
    """The resource that is the proof is the one that is renewed; without one the plan says how to find it."""
    made = PLANS["cert-manager"]
    assert "cmctl renew --namespace payments billing-client" in typed(made, "issue")
    assert dict(made.fill_in) == {"DEPLOYMENT": UNKNOWN["DEPLOYMENT"]}
    assert "cp -p" not in typed(made)
    assert "create secret tls" not in typed(made, "roll-out")
    assert 'create secret tls "${SECRET:?}"-old' in typed(made, "roll-back")
    unknown = PLANS["cert-manager, unknown resource"]
    assert "kubectl get certificate -A" in typed(unknown, "keep")
    assert list(unknown.fill_in) == ["NAMESPACE", "CERTIFICATE", "DEPLOYMENT"]
    assert "identities.billing.managed_proof" in told(unknown)


def test_vault() -> None:
    """The names in Vault's own parameters; it adds the common name to them unless it is told not to."""
    commands = typed(PLANS["vault"], "issue")
    assert (
        "common_name=billing service' alt_names=billing.internal ip_sans=10.0.0.7 exclude_cn_from_sans=true" in commands
    )
    assert list(PLANS["vault"].fill_in) == ["VAULT_PKI", "VAULT_ROLE", "UNIT"]
    assert 'common_name="${NAME:?}"' in typed(PLANS["vault, unreadable"], "issue")


def test_step_ca() -> None:
    """A certificate that is still good vouches for its successor; an expired one cannot."""
    assert "step ca rekey '/etc/it'\"'\"'s billing/tls.crt'" in typed(PLANS["step-ca"], "issue")
    anew = (
        "step ca certificate 'billing service' new.crt new.key --san billing.internal --san 10.0.0.7 --not-after=2160h"
    )
    assert typed(PLANS["step-ca, expired"], "issue").startswith(anew)


def test_roll_back() -> None:
    """The old pair as long as it is good; afterwards there is nothing to go back to, and the plan says so."""
    assert f"which is good until {LEAF.not_after:%Y-%m-%dT%H:%M:%SZ}" in told(PLANS["by hand"])
    expired = PLANS["step-ca, expired"]
    assert typed(expired, "roll-back") == ""
    assert "The old certificate expired 2 hours ago: there is nothing to go back to." in told(expired)


def test_where_the_files_are() -> None:
    """A mounted Secret is changed in the cluster, one file is written at once, a key that is not ours is asked for."""
    mounted = typed(PLANS["mounted"], "roll-out")
    assert "kubectl apply --server-side" in mounted
    assert "mv -f" not in mounted
    assert "cat new.crt new.key >" in typed(PLANS["one file"], "roll-out")
    assert "KEY_FILE" in PLANS["without a key"].fill_in
    assert "PASSWORD_FILE" in PLANS["encrypted"].fill_in
    assert "-aes-256-cbc" in typed(PLANS["encrypted"], "issue")


def test_what_is_in_use() -> None:
    """The place that the configuration names is asked; where there is none, the plan says how to name one."""
    assert "curl -fsS 'http://x/a?b&c' | jq" in typed(PLANS["envoy-admin"], "verify")
    assert "curl -fsS -o /dev/null -D - 'http://x/a?b&c' | grep -i '^X-Cert:'" in typed(PLANS["http-header"], "verify")
    assert "grep '^held'" in typed(PLANS["metric"], "verify")
    assert "cat '/etc/it'" in typed(PLANS["file-sha256"], "verify")
    assert "identities.billing.in_use" in told(PLANS["by hand"])


def test_restarts_come_last() -> None:
    """The warning stands before everything, and again where the service is to load the new pair."""
    for made in PLANS.values():
        assert made.warnings[0].startswith("Do not restart the billing service before")
        assert made.warnings[0] in next(step.notes for step in made.steps if step.name == "roll-out")


def test_a_public_issuer() -> None:
    """Public CAs no longer issue clientAuth: the plan does not send anybody there."""
    public = of(certificate=dataclasses.replace(LEAF, publicly_trusted=True))
    assert "comes from a public CA" in told(public)
    assert "new.csr goes to a private CA" in told(public)
    assert "the current certificate signed itself" in told(of(certificate=dataclasses.replace(LEAF, self_issued=True)))


def test_names_that_openssl_cannot_be_told() -> None:
    """They are copied out of the current certificate instead."""
    assert OCCASION.likeness is not None
    odd = of(likeness=dataclasses.replace(OCCASION.likeness, plain=False))
    assert "openssl x509 -x509toreq" in typed(odd, "issue")
    several = of(likeness=dataclasses.replace(OCCASION.likeness, multiple=True))
    assert "-multivalue-rdn" in typed(several, "issue")


@pytest.mark.parametrize("name", PLANS)
def test_every_plan_fits_the_schema(name: str) -> None:
    """Rendered and published keys are the same, and the published shape is what is rendered."""
    found = plan_to_dict(PLANS[name])
    schema: Any = result_schema()
    jsonschema.Draft202012Validator(schema).validate(found)
    assert set(found) == set(schema["$defs"]["rotation"]["required"])


def test_as_json() -> None:
    """One object with everything, in one line."""
    line = dump(plan_to_dict(PLANS["unreadable"]))
    assert "\n" not in line
    found = plan_to_dict(PLANS["cert-manager"])
    assert (found["schema"], found["identity"], found["managed_by"]) == (
        "paypath.rotation/1",
        "billing",
        "cert-manager",
    )
    assert found["certificate_file"] == str(CRT)
    assert plan_to_dict(PLANS["unreadable"])["current"] is None
