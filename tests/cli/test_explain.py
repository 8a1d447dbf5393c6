"""`paypath explain`."""

import json
import pathlib

from probe.catalogue.catalogue import load
from tests.cli.conftest import Paypath


def test_a_reason_in_full(paypath: Paypath) -> None:
    """What it means, who acts, what to do first and the runbook; the headline leads."""
    entry = load().entry("tls.client_cert.expired")
    said = paypath("explain", "tls.client_cert.expired")
    assert said.status == 0
    assert said.out.startswith("client certificate expired · tls.client_cert.expired\n")
    assert "who acts            we do" in said.out
    assert "5023 “Billing connector timeout”" in said.out
    assert entry.runbook in said.out
    assert entry.first_steps[0].split("`")[1] in said.out


def test_a_code_lists_its_reasons(paypath: Paypath) -> None:
    """One line each."""
    said = paypath("explain", "5021")
    assert [line.split()[1] for line in said.out.splitlines()] == [e.reason for e in load().find("5021")]
    assert all(line.startswith("5021  dns.") for line in said.out.splitlines())


def test_a_beginning_and_everything(paypath: Paypath) -> None:
    """`tls.client_key` finds its family; nothing finds all."""
    assert len(paypath("explain", "tls.client_key").out.splitlines()) == len(load().find("tls.client_key")) > 1
    assert len(paypath("explain").out.splitlines()) == len(load().entries)


def test_json_is_one_object_a_line(paypath: Paypath) -> None:
    """Every entry with all that is known."""
    lines = paypath("explain", "--format", "json").out.splitlines()
    entries = [json.loads(line) for line in lines]
    assert [entry["reason"] for entry in entries] == [entry.reason for entry in load().entries]
    assert {"code", "title", "blame", "severity", "meaning", "first_steps", "runbook"} <= set(entries[0])


def test_what_is_not_known(paypath: Paypath) -> None:
    """Status 2 and the nearest one."""
    said = paypath("explain", "tls.client_cert.expird")
    assert (said.status, said.out) == (2, "")
    assert "did you mean `tls.client_cert.expired`?" in said.err
    assert "lists them all" in paypath("explain", "zzzzzzzz").err


def test_quiet_has_no_remarks(paypath: Paypath) -> None:
    """The hint below the list is a remark."""
    assert paypath("explain", "5021").err != ""
    assert paypath("explain", "5021", "--quiet").err == ""


def test_the_numbers_of_a_configuration(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """With `--config` its `codes` count, both for finding and for showing; without it the shipped ones."""
    file = tmp_path / "mine.yaml"
    file.write_text("environment: staging\ncodes: {tls.client_cert.expired: 4711}\n")
    said = paypath("explain", "4711", "--config", str(file))
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("client certificate expired · tls.client_cert.expired\n")
    assert "4711" in said.out
    assert paypath("explain", "4711").status == 2
