"""First steps to copy."""

from dataclasses import replace

import pytest

from probe.catalogue.catalogue import load
from probe.model.failure import Blame, Confidence, Failure, Hop, Phase
from probe.model.identity import FileFault, IdentityFacts
from probe.model.network import Endpoint
from probe.model.observation import HandshakeObservation
from probe.model.outcome import Failed
from probe.model.run import Run
from probe.model.scenario import StepKind
from probe.model.tls import TlsFacts
from probe.report.filling import filled
from probe.report.typed import UNCONFIGURED
from tests.report import runs


def one(step: str, run: Run | None = None, failure: Failure = runs.EXPIRED) -> str:
    """One step, filled in."""
    return filled((step,), run or runs.expired(), failure)[0]


def shaken(**changes: object) -> Run:
    """A run of one handshake with these facts."""
    observation = replace(runs.REFUSED, **changes)  # type: ignore[arg-type]  # the caller's keywords
    return runs.run(
        Failed(runs.EXPIRED),
        runs.step("handshake", StepKind.HANDSHAKE, runs.attempt(Failed(runs.EXPIRED), observation)),
    )


@pytest.mark.parametrize(
    ("step", "found"),
    [
        ("`openssl x509 -in FILE -noout`", "`openssl x509 -in /etc/billing/tls/tls.crt -noout`"),
        ("`ls -ln FILE; id`", "`ls -ln /etc/billing/tls/tls.crt; id`"),
        (
            "`openssl s_client -connect HOST:PORT -servername NAME -cert CRT -key KEY </dev/null`",
            (
                "`openssl s_client -connect billing-connector.internal:8443 -servername billing-connector.internal "
                "-cert /etc/billing/tls/tls.crt -key /etc/billing/tls/tls.key </dev/null`"
            ),
        ),
        ("`nc -vz HOST PORT`", "`nc -vz billing-connector.internal 8443`"),
        ("`curl http://HOST:PORT/`", "`curl http://billing-connector.internal:8443/`"),
        (
            "`dig +cd NAME`, `dig AAAA NAME @RESOLVER`",
            "`dig +cd billing-connector.internal`, `dig AAAA billing-connector.internal @RESOLVER`",
        ),
        ("`paypath unlock PATH --reason TEXT`", "`paypath unlock billing --reason TEXT`"),
        ("`grep -i SERIAL`", "`grep -i 0a1b2c3d`"),
    ],
)
def test_what_the_run_knows(step: str, found: str) -> None:
    """Files, hosts, ports and names stand where the catalogue has placeholders."""
    assert one(step) == found


@pytest.mark.parametrize(
    "step",
    [
        "`cmctl renew NAME`",
        "`kubectl get secret NAME`",
        "`xxd FILE | tail -1`",
        "`openssl pkey -in K -passin file:PASSWORD_FILE`",
        "`--cert NEW.crt --key NEW.key`",
        "`--cacert CA`",
        "`openssl crl -in CRL -noout`",
        "Ask for the FILE on HOST:PORT.",
        "`openssl verify -CAfile CA.pem CERT.pem`",
    ],
)
def test_what_it_does_not_know_stays(step: str) -> None:
    """A Kubernetes object, the password's file, a certificate that does not exist yet; and prose is prose."""
    assert one(step) == step


def test_what_was_verified_with() -> None:
    """Trust and CRL files, where the path has them."""
    run = shaken(trust="/etc/paypath/ca.pem", crl="/etc/paypath/crl.pem")
    step = "`curl --cacert CA`, `paypath diagnose X --ca CA`, `openssl crl -in CRL`, `openssl verify -CAfile CA.pem`"
    assert one(step, run) == (
        "`curl --cacert /etc/paypath/ca.pem`, `paypath diagnose X --ca /etc/paypath/ca.pem`, "
        "`openssl crl -in /etc/paypath/crl.pem`, `openssl verify -CAfile /etc/paypath/ca.pem`"
    )


def test_the_file_at_fault_comes_first() -> None:
    """A key that cannot be read is meant by a step about the key, not the certificate beside it."""
    identity = replace(runs.IDENTITY, fault=FileFault.KEY_MALFORMED, fault_path="/etc/billing/tls/tls.key")
    failure = replace(runs.EXPIRED, reason="tls.client_key.malformed", certificate=None)
    assert one("`openssl pkey -in FILE -noout`", shaken(identity=identity), failure) == (
        "`openssl pkey -in /etc/billing/tls/tls.key -noout`"
    )


def test_a_file_that_has_nothing_to_do_with_it() -> None:
    """The connector's certificate is in no file of ours."""
    failure = replace(runs.EXPIRED, reason="tls.server_cert.expired", certificate=runs.SERVER)
    assert one("`openssl x509 -in FILE`", failure=failure) == "`openssl x509 -in FILE`"


def test_an_address_has_no_name() -> None:
    """An IP address is neither asked of DNS nor sent as SNI; IPv6 keeps its brackets."""
    run = shaken(endpoint=Endpoint(host="2001:db8::7", port=443, server_name="2001:db8::7"))
    assert one("`dig NAME`, `openssl s_client -connect HOST:PORT -servername NAME`", run) == (
        "`dig NAME`, `openssl s_client -connect '[2001:db8::7]:443' -noservername`"
    )


def test_a_hostile_name_stays_one_word() -> None:
    """What goes into a command to copy is quoted for the shell, and cannot steer the terminal."""
    hostile = replace(runs.IDENTITY, certificate_path="/tmp/a b\x1b; rm -rf $HOME")  # noqa: S108 - a name, no file
    failure = replace(runs.EXPIRED, certificate=None)
    assert one("`ls FILE`", shaken(identity=hostile), failure) == "`ls '/tmp/a b�; rm -rf $HOME'`"


def test_without_any_observation() -> None:
    """Our own deadline before anything was sent: only the path's name is known."""
    run = runs.unknown()
    assert filled(("`ls FILE`, `nc HOST PORT`",), run, runs.LATE) == ("`ls FILE`, `nc HOST PORT`",)


@pytest.mark.parametrize(
    "entry", [e for e in load().entries if e.reason.startswith("tls.client_cert.")], ids=lambda e: e.reason
)
def test_the_catalogues_own_steps(entry: object) -> None:
    """Of the steps about our own certificate no known file or endpoint stays a placeholder."""
    observation: HandshakeObservation = replace(runs.REFUSED, trust="/etc/paypath/ca.pem")
    run = shaken(trust=observation.trust)
    failure = replace(runs.EXPIRED, reason=entry.reason)  # type: ignore[attr-defined]  # an entry of the catalogue
    text = " ".join(filled(entry.first_steps, run, failure))  # type: ignore[attr-defined]  # likewise
    for placeholder in (" FILE", "HOST:PORT", "--ca CA", "-key KEY", "-cert CRT"):
        assert placeholder not in text


def test_without_an_identity_its_options_are_left_out() -> None:
    """A command with placeholders for files that do not exist is none to copy."""
    run = shaken(identity=None, trust="/etc/ca.pem")
    failure = replace(runs.EXPIRED, certificate=None)
    assert one("`curl -v --cert CRT --key KEY --cacert CA https://HOST:PORT/`", run, failure) == (
        "`curl -v --cacert /etc/ca.pem https://billing-connector.internal:8443/`"
    )
    assert one("`ip route get ADDRESS`", shaken(peer_address="192.0.2.7"), failure) == "`ip route get 192.0.2.7`"


def test_a_wrong_order_and_two_issues_have_steps_of_their_own() -> None:
    """The one needs no new pair, the other no other order."""
    failure = replace(runs.EXPIRED, reason="tls.client_key.mismatch", certificate=None)
    steps = load().entry(failure.reason).first_steps
    mismatch = replace(runs.IDENTITY, fault=FileFault.KEY_MISMATCH)
    (order,) = filled(steps, shaken(identity=replace(mismatch, fits=2)), failure)
    assert "move that one to the front" in order
    assert not any("to the front" in step for step in filled(steps, shaken(identity=mismatch), failure))
    assert len(filled(steps, runs.unknown(), failure)) == len(steps)


def second(**changes: object) -> tuple[Run, Failure]:
    """A run whose second hop failed, with the connector's own identity, and its failure."""
    behind = replace(
        runs.REFUSED,
        endpoint=Endpoint(host="gateway.test", port=443, server_name="gateway.test"),
        identity=IdentityFacts(name="envoy", certificate_path="/etc/envoy/tls.crt", key_path="/etc/envoy/tls.key"),
    )
    failure = replace(runs.EXPIRED, hop=Hop.CONNECTOR_STRIPE, certificate=None)
    return shaken(upstream=behind, **changes), failure


TRIED = "`paypath preflight --cert NEW.crt` must pass (`--identity NAME` where several are configured, `--connector HOST:PORT` where none is)."


def test_a_new_certificate_is_tried_where_this_one_failed() -> None:
    """With the identity's name; where nothing is configured, with what was typed instead: by itself the command could not tell."""
    assert one(TRIED) == "`paypath preflight --identity billing --cert NEW.crt` must pass."
    far = Endpoint(host="198.51.100.7", port=8443, server_name="billing.test")
    leg = replace(
        runs.REFUSED, endpoint=Endpoint(host="proxy.test", port=3128, server_name="proxy.test"), tls=TlsFacts()
    )
    at = replace(runs.REFUSED, endpoint=far, trust="/etc/my ca.pem")
    for seen, way in ((at, ""), (replace(at, proxy=leg), " --proxy http://proxy.test:3128")):
        typed = replace(
            shaken(**{f: getattr(seen, f) for f in ("endpoint", "trust", "proxy")}), environment=UNCONFIGURED
        )
        words = "--connector 198.51.100.7:8443 --server-name billing.test --ca '/etc/my ca.pem'"
        assert one(TRIED, typed) == f"`paypath preflight {words}{way} --cert NEW.crt` must pass."
    secure = replace(leg, tls=TlsFacts(version="TLSv1.3"))
    assert " --proxy https://proxy.test:3128 --cert" in one(
        TRIED, replace(shaken(proxy=secure), environment=UNCONFIGURED)
    )


def test_a_new_certificate_for_a_proxy_is_tried_at_that() -> None:
    """By its identity's name; where nothing is configured, by a pass through the proxy, with all that was typed."""
    leg = replace(
        runs.REFUSED,
        endpoint=Endpoint(host="proxy.test", port=3128, server_name="proxy.test"),
        identity=IdentityFacts(name="for the proxy", certificate_path="/p.crt", key_path="/p.key"),
        trust="/proxy-ca.pem",
        tls=TlsFacts(version="TLSv1.3"),
    )
    reached = {"proxy": leg, "phase": Phase.TCP, "trust": "/ca.pem"}
    failure = replace(runs.EXPIRED, proxy="proxy.test:3128")
    step = TRIED.replace("NEW.crt", "NEW.crt --key NEW.key")
    assert one(step, shaken(**reached), failure) == (
        "`paypath preflight --identity 'for the proxy' --cert NEW.crt --key NEW.key` must pass."
    )
    typed = replace(shaken(**reached), environment=UNCONFIGURED)
    assert one(step, typed, failure) == (
        "`paypath diagnose billing-connector.internal:8443 --ca /ca.pem --proxy https://proxy.test:3128 "
        "--cert /etc/billing/tls/tls.crt --key /etc/billing/tls/tls.key --proxy-ca /proxy-ca.pem "
        "--proxy-cert NEW.crt --proxy-key NEW.key` must pass."
    )
    bare = replace(typed, steps=shaken(**reached | {"identity": None, "proxy": replace(leg, trust=None)}).steps)
    assert "--proxy https://proxy.test:3128 --proxy-cert NEW.crt" in one(step, bare, failure)


def test_where_it_is_not_known_what_the_proxy_refused_the_catalogue_is_left_as_it_is() -> None:
    """The pass has no leg that could be meant, or the failure is about the connector beyond it."""
    said = one(TRIED, failure=replace(runs.EXPIRED, proxy="proxy.test:3128"))
    assert said.startswith("`paypath preflight --cert NEW.crt` must pass (`--identity NAME` where several")
    assert one(TRIED, shaken(identity=None)).startswith("`paypath preflight --cert NEW.crt` must pass (")


def test_the_number_of_the_systems_error() -> None:
    """It stands in the evidence."""
    step = "`python3 -c 'import errno, os; print(errno.errorcode[N], os.strerror(N))'`"
    failed = replace(runs.EXPIRED, evidence=replace(runs.EXPIRED.evidence, errno=71))
    assert one(step, failure=failed) == step.replace("[N]", "[71]").replace("(N)", "(71)")


def test_steps_of_the_second_hop_are_for_the_connectors_operators() -> None:
    """Its files, the host behind it, and its identity by name: nothing there is ours to renew."""
    run, failure = second()
    steps = (
        "Ask the connector's owner: `openssl x509 -in FILE`.",
        "`paypath preflight --cert NEW.crt`",
        "`nc HOST PORT`",
        TRIED,
    )
    first, *rest = filled(steps, run, failure)
    assert first.startswith("Tell the connector's operators: the identity is the connector's own")
    assert rest == [
        "Ask the upstream's owner: `openssl x509 -in /etc/envoy/tls.crt`.",
        "`paypath preflight --identity envoy --cert NEW.crt`",
        "`nc gateway.test 443`",
        "`paypath preflight --identity envoy --cert NEW.crt` must pass.",
    ]
    servers = filled(steps[:1], run, replace(failure, reason="tls.server_cert.expired"))
    assert servers == ("Ask the upstream's owner: `openssl x509 -in FILE`.",)


def test_steps_in_the_tunnel_of_a_connector_go_through_it() -> None:
    """What stands behind a connector that is a proxy is not reached from here by itself."""
    far = Endpoint(host="gateway.test", port=443, server_name="gateway.test")
    run, failure = second(tunnel_to=far, tls=TlsFacts())
    (step,) = filled(("`curl https://HOST:PORT/`",), run, replace(failure, reason="tls.server_cert.expired"))
    assert step == "`curl --proxy http://billing-connector.internal:8443 https://gateway.test:443/`"


def test_steps_of_a_first_hop_stay_with_it() -> None:
    """Also where the second was probed, and is well."""
    run, failure = second()
    assert filled(("`nc HOST PORT`",), run, replace(failure, hop=Hop.PROBE_CONNECTOR)) == (
        "`nc billing-connector.internal 8443`",
    )


def test_an_identity_that_is_not_there_is_not_named() -> None:
    """The upstream asked for a certificate, and the configuration names none of the connector's."""
    bare, step = shaken(upstream=replace(runs.REFUSED, identity=None)), "`paypath preflight --cert NEW.crt`"
    assert filled((step,), bare, second()[1])[1:] == (step,)


def test_steps_about_a_tunnel_that_broke_ask_the_proxy_first() -> None:
    """Nobody knows yet whether it or the connector ended it."""
    leg = replace(
        runs.REFUSED, endpoint=Endpoint(host="proxy.test", port=3128, server_name="proxy.test"), tls=TlsFacts()
    )
    failure = replace(
        runs.EXPIRED, reason="tls.reset_by_peer", blame=Blame.UNKNOWN, confidence=Confidence.INFERRED, certificate=None
    )
    first, second = filled(("Ask the connector's owner.",), shaken(proxy=leg, phase=Phase.TLS), failure)
    assert first.startswith("Ask for the log of the proxy proxy.test:3128 first")
    assert second == "Ask the connector's owner."
    known = replace(failure, blame=Blame.CONNECTOR)
    assert filled(("Ask.",), shaken(proxy=leg, phase=Phase.TLS), known) == ("Ask.",)
    assert filled(("Ask.",), shaken(), failure) == ("Ask.",)
