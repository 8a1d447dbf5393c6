"""Secrets from files: read, checked, never shown."""

import pathlib
import traceback

import pytest

from probe.documents.mistakes import SetupError
from probe.settings.load import load_settings
from tests.settings.conftest import Load, Refuse

TEXT = "paths: {b: {connector: {url: 'https://c'}, stripe: {api_key_file: key}}}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"sk_live_hunter2\n", "what stands in {file} is not a Stripe test-mode key; give one"),
        (b"hunter2", "what stands in {file} is not a Stripe test-mode key; give one"),
        (b"", "what stands in {file} is not a Stripe test-mode key; give one"),
        (b"sk_test_hunter2\nsk_test_hunter2\n", "what stands in {file} is not a Stripe test-mode key; give one"),
        (b"sk_test_\xffhunter2", "{file}: not text; put the secret there as text"),
        (None, "{file}: no such file or directory; put the secret there, readable"),
    ],
    ids=["live", "anything", "empty", "two", "bytes", "missing"],
)
def test_refused_key_file(refuse: Refuse, tmp_path: pathlib.Path, content: bytes | None, message: str) -> None:
    """At the place that names the file, without what stands in it."""
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    (found,) = refuse(TEXT)
    assert found.startswith("paypath.yaml:1:67: `api_key_file`: " + message.format(file=tmp_path / "key"))
    assert "hunter2" not in found


@pytest.mark.parametrize("content", ["sk_test_a1", "rk_test_a1\n", " sk_test_a1 \r\n"])
def test_key_file(load: Load, tmp_path: pathlib.Path, content: str) -> None:
    """Editors and `kubectl create secret` add a newline."""
    (tmp_path / "key").write_text(content)
    (path,) = load(TEXT).paths
    assert path.stripe is not None
    assert path.stripe.api_key.reveal() == content.strip()


def test_password_file(load: Load, tmp_path: pathlib.Path) -> None:
    """Only the line's end is taken off: spaces may belong to a password."""
    (tmp_path / "pw").write_text(" pass word \n")
    (identity,) = load("identities: {i: {certificate: c, private_key: k, private_key_password_file: pw}}").identities
    assert identity.private_key_password is not None
    assert identity.private_key_password.reveal() == " pass word "


def test_impossible_file_name(refuse: Refuse) -> None:
    """A NUL in a name is no traceback."""
    found = refuse('paths: {b: {connector: {url: "https://c"}, stripe: {api_key_file: "a\\0b"}}}')
    assert "paypath.yaml:1:67: `api_key_file` cannot be a file's name; name a file" in found


def test_syntax_error_beside_a_secret(tmp_path: pathlib.Path) -> None:
    """PyYAML's own error quotes the line; ours does not, not even in its traceback."""
    file = tmp_path / "c.yaml"
    file.write_text("paths: {b: {connector: {url: 'https://c'}, stripe: {api_key: hunter2: x}}}")
    with pytest.raises(SetupError) as caught:
        load_settings(file, {})
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_secrets_stay_out_of_everything_printable(tmp_path: pathlib.Path) -> None:
    """Neither the traceback of a refusal nor the repr of a loaded configuration shows one."""
    file = tmp_path / "c.yaml"
    file.write_text("paths: {b: {connector: {url: 'https://c', kind: x}, stripe: {api_key: sk_live_hunter2}}}")
    with pytest.raises(SetupError) as caught:
        load_settings(file, {})
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
    file.write_text(
        "paths: {b: {connector: {url: 'https://c'}, stripe: {api_key: sk_test_hunter2}}}\n"
        "identities: {i: {certificate: c, private_key_password: hunter2}}"
    )
    assert "hunter2" not in repr(load_settings(file, {}))
