"""Kubeconfigs, as the inventory tells them."""

import base64
import json

import pytest
import yaml

from tests.certificates.stock import Stock, only, places, subjects


def data(pem: bytes) -> str:
    """As it stands in a `-data` key."""
    return base64.b64encode(pem).decode()


def kubeconfig(*, cluster: object, user: object) -> dict[str, object]:
    """One cluster and one user."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "main", "cluster": cluster}],
        "users": [{"name": "admin", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "main", "user": "admin"}}],
    }


@pytest.mark.parametrize("write", [yaml.safe_dump, json.dumps], ids=["YAML", "JSON"])
def test_written_out(stock: Stock, write: object) -> None:
    """The client certificate with its key is ours, the cluster's CA is not."""
    admin = stock.issuing.issue("admin", send_chain=False)
    user = {"client-certificate-data": data(admin.certificate_pem), "client-key-data": data(admin.key_pem)}
    cluster = {"server": "https://k", "certificate-authority-data": data(stock.root.certificate_pem)}
    text = write(kubeconfig(cluster=cluster, user=user))  # type: ignore[operator]  # either of the two
    entries = stock.watched(stock.write("config", text.encode()))
    assert subjects(entries) == ["CN=Root", "CN=admin"]
    assert [entry.ours for entry in entries] == [False, True]
    assert {entry.name for entry in entries} == {f"{stock.directory}/config"}


def test_in_files_of_their_own(stock: Stock) -> None:
    """Relative to the kubeconfig; each is seen in its own file."""
    admin = stock.issuing.issue("admin", send_chain=False)
    stock.write("pki/admin.crt", admin.certificate_pem)
    stock.write("pki/ca.crt", stock.root.certificate_pem)
    user = {"client-certificate": "pki/admin.crt", "client-key": "pki/admin.key"}
    text = yaml.safe_dump(kubeconfig(cluster={"certificate-authority": "pki/ca.crt"}, user=user))
    entries = stock.watched(stock.write("config", text.encode()))
    assert sorted(subjects(entries)) == ["CN=Root", "CN=admin"]
    assert only(entries, "CN=admin").ours
    assert places(only(entries, "CN=admin")) == [("watched", f"{stock.directory}/pki/admin.crt")]


def test_a_user_without_a_certificate(stock: Stock) -> None:
    """Tokens and plugins are no certificates; a kubeconfig with nothing else says so."""
    text = yaml.safe_dump(kubeconfig(cluster={"server": "https://k"}, user={"token": "hunter2"}))
    (entry,) = stock.watched(stock.write("config", text.encode()))
    assert entry.unreadable == f"{stock.directory}/config: it is a kubeconfig without a certificate"


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ({"client-certificate-data": "!"}, "client-certificate of user admin is not valid base64"),
        ({"client-certificate-data": data(b"x")}, "client-certificate of user admin holds no certificate"),
        ({"client-certificate": "no.crt"}, "it is the client-certificate of user admin, and it does not exist"),
        ({"client-certificate-data": data(b"-----BEGIN CERTIFICATE-----\n")}, "user admin: certificate 1 is cut off"),
    ],
)
def test_what_is_broken(stock: Stock, user: object, said: str) -> None:
    """Is told by the user's name, beside what can be read."""
    cluster = {"certificate-authority-data": data(stock.root.certificate_pem)}
    text = yaml.safe_dump(kubeconfig(cluster=cluster, user=user))
    entries = stock.watched(stock.write("config", text.encode()))
    assert "CN=Root" in subjects(entries)
    assert any(said in told for told in subjects(entries))


@pytest.mark.parametrize(
    "text",
    ["kind: Config\nusers: [", "kind: Config\nusers: *x", "kind: Config\na: \xff", "kind: Config\n" + "- " * 50 + "a"],
)
def test_no_yaml(stock: Stock, text: str) -> None:
    """One entry, no traceback."""
    (entry,) = stock.watched(stock.write("config", text.encode("latin-1")))
    assert entry.unreadable == f"{stock.directory}/config: it is a kubeconfig, and not valid YAML"


@pytest.mark.parametrize(
    "text", ["kind: Config\nusers: 3", "kind: Config\nusers: [a, {user: b}, {user: {client-certificate: 3}}]"]
)
def test_another_shape(stock: Stock, text: str) -> None:
    """Is a kubeconfig without a certificate."""
    (entry,) = stock.watched(stock.write("config", text.encode()))
    assert entry.unreadable is not None
    assert "without a certificate" in entry.unreadable
