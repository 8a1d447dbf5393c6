"""The manifests that issue the client certificate: right for their kinds, and such that the incident could not come back."""

import copy
import pathlib
import re
from typing import Any

import jsonschema
import pytest
import yaml

from probe.model.path import ManagedProof
from probe.settings.load import load_settings
from tests.deploy.crds import KINDS
from tests.project.locks import ROOT

HERE = ROOT / "deploy" / "cert-manager"
ISSUING = ("private-ca.yaml", "vault.yaml", "step-ca.yaml")

Manifest = dict[str, Any]


def manifests(name: str) -> list[Manifest]:
    """The objects of one file."""
    return list(yaml.safe_load_all((HERE / name).read_text()))


def client_certificate(name: str) -> Manifest:
    """The Certificate of the billing service in one file."""
    found = [one for one in manifests(name) if one["metadata"]["name"] == "billing-client"]
    assert [one["kind"] for one in found] == ["Certificate"]
    return found[0]


def hours(text: str) -> int:
    """Of a duration in whole hours."""
    assert text.endswith("h")
    return int(text[:-1])


def check(one: Manifest) -> None:
    """Hold an object against its kind; an unknown key is a mistake."""
    jsonschema.validate(one, KINDS[one["kind"]], cls=jsonschema.Draft202012Validator)


def test_all_files_are_looked_at() -> None:
    """No manifest stands beside these tests unseen."""
    assert {path.name for path in HERE.glob("*.y*ml")} == {*ISSUING, "proof.yaml"}


@pytest.mark.parametrize("name", [*ISSUING, "proof.yaml"])
def test_each_object_is_right_for_its_kind(name: str) -> None:
    """Every key is known to its custom resource definition, and every value is one that it allows."""
    for one in manifests(name):
        check(one)


@pytest.mark.parametrize("name", ISSUING)
def test_the_client_certificate(name: str) -> None:
    """For clients, with a new key at each renewal, a third of its life before the end; in all three files the same."""
    spec = client_certificate(name)["spec"]
    assert "client auth" in spec["usages"]
    assert "server auth" not in spec["usages"]
    assert spec["privateKey"]["rotationPolicy"] == "Always"
    assert (spec["duration"], spec["renewBefore"]) == ("2160h", "720h")
    first = copy.deepcopy(client_certificate(ISSUING[0]))
    first["spec"]["issuerRef"] = spec["issuerRef"]
    assert client_certificate(name) == first


@pytest.mark.parametrize("name", ISSUING)
def test_references_lead_somewhere(name: str) -> None:
    """Each issuer that a Certificate names stands in the same file, with its kind and group; so does each service account."""
    objects = manifests(name)
    known = {(one["apiVersion"].split("/")[0], one["kind"], one["metadata"]["name"]) for one in objects}
    spaces = {one["metadata"]["namespace"] for one in objects}
    assert spaces == {"payments"}
    for one in objects:
        if one["kind"] == "Certificate":
            ref = one["spec"]["issuerRef"]
            assert (ref["group"], ref["kind"], ref["name"]) in known
            assert hours(one["spec"]["renewBefore"]) < hours(one["spec"]["duration"]) / 2
        if one["kind"] == "Issuer" and "vault" in one["spec"]:
            account = one["spec"]["vault"]["auth"]["kubernetes"]["serviceAccountRef"]["name"]
            assert ("v1", "ServiceAccount", account) in known
        if one["kind"] == "RoleBinding":
            assert (one["roleRef"]["apiGroup"], "Role", one["roleRef"]["name"]) in known


def test_a_ca_outlives_what_it_signs() -> None:
    """The private CA is renewed while every certificate of it is still covered, and with the same key."""
    ca = next(one["spec"] for one in manifests("private-ca.yaml") if one["spec"].get("isCA"))
    assert hours(ca["renewBefore"]) > hours(client_certificate("private-ca.yaml")["spec"]["duration"])
    assert ca["privateKey"]["rotationPolicy"] == "Never"
    assert set(ca["usages"]) == {"cert sign", "crl sign"}


def test_what_is_to_be_filled_in() -> None:
    """Only what nobody but the operator knows, and nothing that the API server would take for good."""
    open_values = {name: re.findall(r"FILL-IN[A-Z-]*", (HERE / name).read_text()) for name in ISSUING}
    assert open_values == {
        "private-ca.yaml": [],
        "vault.yaml": [],
        "step-ca.yaml": ["FILL-IN-THE-ROOT", "FILL-IN-THE-KID"],
    }


def test_paypath_reads_no_secret() -> None:
    """The proof needs one right on one object, and no key."""
    role, binding = manifests("proof.yaml")
    rule = {"apiGroups": ["cert-manager.io"], "resources": ["certificates"], "resourceNames": ["billing-client"]}
    assert role["rules"] == [{**rule, "verbs": ["get"]}]
    assert binding["roleRef"]["name"] == role["metadata"]["name"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("spec", "privatekey"), {}),
        (("spec", "usages"), ["client-auth"]),
        (("spec", "privateKey", "rotationPolicy"), "always"),
        (("spec", "renewBefore"), "30d"),
        (("spec", "issuerRef", "namespace"), "x"),
        (("metadata", "Name"), "x"),
        (("apiVersion",), "cert-manager.io/v1alpha2"),
    ],
)
def test_the_check_can_fail(path: tuple[str, ...], value: object) -> None:
    """A misspelt key, a usage that does not exist, a duration that Go does not read: each is found."""
    one: Any = client_certificate("vault.yaml")
    inner = one
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        check(one)


def test_the_configurations_of_the_page(tmp_path: pathlib.Path) -> None:
    """What the README tells people to write is a configuration, and its proof names the Certificate of the manifests."""
    blocks = re.findall(r"```yaml\n(identities:.*?)```", (HERE / "README.md").read_text(), re.DOTALL)
    proofs = []
    for number, block in enumerate(blocks):
        file = tmp_path / f"{number}.yaml"
        file.write_text(f"environment: staging\n{block}")
        proofs += [identity.managed_proof for identity in load_settings(file, {}).identities]
    named = client_certificate("vault.yaml")["metadata"]
    assert [type(proof) for proof in proofs] == [ManagedProof, ManagedProof]
    assert {(p.namespace, p.certificate) for p in proofs if p} == {(named["namespace"], named["name"])}
