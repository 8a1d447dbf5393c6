"""The fault switches over HTTP."""

import json
import shutil
import socket
import urllib.error
import urllib.request
from typing import Any

import pytest

from probe.lab.faults import FAULTS
from probe.lab.thread import LabInThread, lab_in_thread


def call(lab: LabInThread, method: str, path: str) -> tuple[int, Any]:
    """Status and JSON of one request to the control address."""
    request = urllib.request.Request(lab.addresses.control + path, method=method)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - loopback
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_the_list(lab: LabInThread) -> None:
    """Every fault with its reason and whether it is on."""
    with lab.fault("connector-502"):
        status, said = call(lab, "GET", "/faults")
    assert status == 200
    assert [fault["name"] for fault in said["faults"]] == list(FAULTS)
    assert [fault["name"] for fault in said["faults"] if fault["active"]] == ["connector-502"]
    assert said["faults"][0] == {
        "name": "client-cert-expired",
        "active": False,
        "reason": "tls.client_cert.expired",
        "text": "our client certificate has expired",
    }


def test_on_and_off(lab: LabInThread) -> None:
    """PUT and DELETE say what is on; both may be repeated."""
    assert call(lab, "PUT", "/faults/declined") == (200, {"active": ["declined"]})
    assert call(lab, "PUT", "/faults/declined") == (200, {"active": ["declined"]})
    assert call(lab, "PUT", "/faults/connector-502") == (200, {"active": ["connector-502", "declined"]})
    assert call(lab, "DELETE", "/faults/declined") == (200, {"active": ["connector-502"]})
    assert call(lab, "DELETE", "/faults/declined") == (200, {"active": ["connector-502"]})
    assert call(lab, "DELETE", "/faults/connector-502") == (200, {"active": []})


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_fault_that_is_none(lab: LabInThread, method: str) -> None:
    """404 with the names that there are."""
    status, said = call(lab, method, "/faults/client-cert-expird")
    assert (status, said["error"]) == (404, "no fault is called client-cert-expird")
    assert said["known"] == sorted(FAULTS)


def test_a_switch_that_cannot_be_flipped(tmp_path_factory: pytest.TempPathFactory) -> None:
    """503 with the reason, and nothing is on."""
    with lab_in_thread(tmp_path_factory.mktemp("lab")) as lab:
        shutil.rmtree(lab.directory / "identity")
        status, said = call(lab, "PUT", "/faults/client-cert-expired")
        assert status == 503
        assert "client-cert-expired cannot be flipped" in said["error"]
        assert "No such file or directory" in said["error"]
        assert call(lab, "DELETE", "/faults/client-cert-expired") == (200, {"active": []})


def test_no_money_is_open(lab: LabInThread) -> None:
    """A list, empty where nothing was taken."""
    assert call(lab, "GET", "/open-money") == (200, [])


@pytest.mark.parametrize(("target", "status"), [("/faults", 405), ("/stripe/webhooks", 400), ("/nowhere", 404)])
def test_a_body_that_is_not_encoded_as_it_says(
    lab: LabInThread, target: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Where it is read, by the company's endpoint, it cannot be; nowhere is it a traceback on the lab's terminal."""
    request = urllib.request.Request(lab.addresses.control + target, data=b"neither")  # noqa: S310 - loopback
    request.add_header("Content-Encoding", "gzip")
    with pytest.raises(urllib.error.HTTPError) as refused, urllib.request.urlopen(request, timeout=20):  # noqa: S310 - loopback
        pytest.fail("it was taken")
    assert refused.value.code == status
    refused.value.close()
    assert caplog.records == []


@pytest.mark.parametrize(
    "sent", [b"GET /faults HTTP/1.0\r\n\r\n", b"GET /nowhere HTTP/1.0\r\n\r\n", b"nonsense\r\n\r\n"]
)
def test_no_answer_tells_versions(lab: LabInThread, sent: bytes) -> None:
    """Also not those of aiohttp itself."""
    host, _, port = lab.addresses.control.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as line:
        line.sendall(sent)
        with line.makefile("rb") as answer:
            said = answer.read()
    assert b"\r\nServer: paypath-lab\r\n" in said
    assert b"aiohttp" not in said
