"""Writes docs/lab.md from the faults and the simulator's routes: `python -m probe.lab.docs [--check]`."""

import sys
from collections.abc import Iterable
from itertools import groupby
from typing import Final

from probe.catalogue.catalogue import load
from probe.documents.reference import DOCS, write_or_check
from probe.lab.faults import FAULTS, Place
from probe.lab.stripe.app import ROUTES

_HEAD: Final = """# The lab: a payment path of your own

<!-- Written by `python -m probe.lab.docs` from the faults and routes. Change the texts there, not this page. -->

`paypath lab` is a whole payment path in one process, on loopback, without credentials and without the network:

```
your tools ── mutual TLS ──> connector ──> Stripe simulator
                             (its CA, CRL)   (test mode, in memory)
```

It is there to see every failure before production shows it: to try `paypath` itself, your own alerts and runbooks, or your
own billing client. Each fault is a switch that is flipped while everything runs, and each is held to its reason by a test
(`tests/e2e/test_faults.py`). `paypath run --lab` (and so `make run`) starts the same lab and probes it.

The connector's TLS alerts are those of a real OpenSSL server, for every client: no certificate is 40 under TLS 1.2 and 116
under TLS 1.3, an unknown CA 48, expired 45, not yet valid 42, revoked 44. The certificates are made anew at every start and
last for 90 days.

## In two terminals

```console
$ paypath lab --fault client-cert-expired
connector      https://127.0.0.1:38117
fault switches http://127.0.0.1:44705/faults  (PUT and DELETE /faults/NAME)
configuration  /srv/demo/.paypath-lab/paypath.yaml
faults on      client-cert-expired
```

```console
$ paypath check --config .paypath-lab/paypath.yaml
FAILED 5023 · client certificate expired · tls.client_cert.expired (proven)
mtls-handshake on billing · lab from lab · 2026-01-15 14:28:03 UTC · 25 ms

  The client certificate CN=billing-service (serial 52135f9b12cce59ee27726179359f96187a275d0) in
  /srv/demo/.paypath-lab/identity/tls.crt expired 2 minutes ago, at 2026-01-15T14:26:02Z; …
$ curl -X DELETE http://127.0.0.1:44705/faults/client-cert-expired
{"active": []}
$ paypath check --quiet --config .paypath-lab/paypath.yaml; echo $?
0
```

`--fault` may be given more than once, `--port` fixes the connector's port, `--directory` says where the files go. Ctrl-C
or SIGTERM stops the lab at once, whatever connections are open.

## What is in its directory

| file | what it is |
|---|---|
| `paypath.yaml` | the ready configuration, with absolute paths; written last and in one step, when everything listens: who waits for it can use it. A start removes the one of an earlier lab first |
| `lab.json` | the addresses, for scripts: `connector`, `control`, `configuration`, `directory`, `webhooks` (where the probe is delivered to), `company` (the company's own endpoint) |
| `ca.pem` | the CA to trust |
| `identity/tls.crt`, `identity/tls.key` | the client's identity, swapped as one pair through `..data`, as the kubelet does it; the key's mode is 0600 |
| `stripe_test_key` | the key to send, mode 0600; it opens nothing but this lab |
| `webhook_secret`, `company_webhook_secret` | what webhooks to the probe and to the company's endpoint are signed with, mode 0600 |
| `state/` | the history and latch of the probes that use the configuration |

The connector's own keys never touch the disk. One lab at a time uses a directory, and a directory in which somebody else's
`paypath.yaml` or `identity` is found is refused, not overwritten.

## By hand

```console
$ cd .paypath-lab
$ curl --cacert ca.pem --cert identity/tls.crt --key identity/tls.key https://127.0.0.1:38117/healthz
{"status": "ok"}
$ curl --cacert ca.pem --cert identity/tls.crt --key identity/tls.key -u "$(cat stripe_test_key):" \\
    https://127.0.0.1:38117/v1/payment_intents -d amount=100 -d currency=usd -d payment_method=pm_card_visa \\
    -d "payment_method_types[]=card" -d confirm=true
$ openssl s_client -connect 127.0.0.1:38117 -CAfile ca.pem -cert identity/tls.crt -cert_chain identity/tls.crt \\
    -key identity/tls.key
```

(curl 7.88 reports alert 45 under TLS 1.2 as status 60, "certificate verification failed", as if it had refused the server;
`--verbose` shows the alert.)

## Faults

"""

_AFTER_FAULTS: Final = """
A finer reason below the one named is right too (`server-cert-unknown-ca`). With `stripe-429` and `stripe-401` the outcome is
unknown and the status 3: what Stripe says about our own key says nothing about customers' payments. After `live-mode` the
path is latched until `paypath unlock billing --reason TEXT`.

**When a fault takes effect.** Faults of `connection` and `server_certificate` meet every new connection; a connection that was
kept alive is closed in place of answering its next request. Faults of `answer` and `stripe` meet every request, also on a connection
that is open; the health path is the connector's, and Stripe's faults do not touch it. Faults of `identity` rewrite the two files,
which a probe reads anew for each run; TLS sessions of before are not resumed, but a connection that is open goes on, as in
life: that is how an expiry stays hidden behind a pool. `client-cert-missing` takes `identity` out of `paypath.yaml`.

**Webhooks.** The simulator sends `payment_intent.succeeded`, signed, to two endpoints: the probe's own listener (`webhooks` in `lab.json`;
while no probe listens there, deliveries fail and are tried again) and the company's, which is part of the lab and refuses with 400 what is not
signed, until `webhook-forgery-accepted` (place `company`) makes it careless. `webhooks-missing` sends nothing, while events are made all the same.

**Several at once.** All switches are independent. Where two exclude each other (two client certificates, two answers), the
one that was switched on last is in force, and when it ends, the one before it.

**The end of a fault.** What comes after it is healthy. A connection that hangs stays so until its client leaves. The connector keeps
its port while it is down.

## The control address

Plain HTTP on loopback, at the `control` address of `lab.json`.

| request | answer |
|---|---|
| `GET /faults` | every fault with `name`, `active`, `reason` and `text` |
| `PUT /faults/NAME` | switches it on, and says which are `active`; 404 with the `known` names for another one, 503 with the `error` where a file or the port is refused: then nothing has changed |
| `DELETE /faults/NAME` | switches it off, likewise |
| `GET /open-money` | what was taken or authorised and neither refunded nor cancelled; `[]` after a clean run |

## The connector

It requires a client certificate of its CA, checks it against a CRL, and speaks TLS 1.2 and 1.3 and HTTP/1.1. `GET /healthz` it answers
by itself, without a Stripe key, and closes the connection after it; everything else is the simulator's. Connections are kept alive for 75 s. A client that
closes its sending side of TLS still gets the answer that it asked for.

## The Stripe simulator

It answers as Stripe's test mode does for what card scenarios touch, with the complete response shapes of Stripe's published
fixtures: the test cards and `pm_card_…` payment methods with their `code` and `decline_code`, 3-D Secure, partial and
excessive refunds, disputes, signed webhooks with retries, restricted keys, idempotency (replays, 400 for other parameters, 409 while in use),
`expand`, lists and search, `Request-Id`, and Stripe's error bodies. `livemode` is false. A confirmed intent without `payment_method_types` is
refused, as Stripe's current version refuses it without a `return_url`.

What it does not do: it was written from the documentation and never compared with Stripe itself; there are no other payment methods than
cards, no products, invoices, subscriptions, Connect or live mode; rates are limited only by the fault; state is in memory and ends with the lab. What it does not
simulate it refuses with a 400 or 404 that says so. These are its methods:

"""

_TAIL: Final = """
## In your own tests

From pytest, in a thread of its own, in any scope:

```python
import pytest

from probe.lab.thread import lab_in_thread


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    with lab_in_thread(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


def test_our_client_names_the_certificate(lab):
    client = OurBillingClient(
        lab.addresses.connector,
        ca=lab.directory / "ca.pem",
        certificate=lab.directory / "identity" / "tls.crt",
        key=lab.directory / "identity" / "tls.key",
    )
    with lab.fault("client-cert-expired"):
        assert "expired" in client.charge(100).error
    assert client.charge(100).ok
    assert [money.amount_minor for money in lab.open_money()] == [100]
```

In an asynchronous test, in the test itself (its tasks belong to the task that opened it, which a fixture's end is not):

```python
from probe.lab.lab import running_lab


async def test_a_decline(tmp_path):
    async with running_lab(tmp_path, faults=["declined"]) as lab:
        ...
        lab.switch("declined", on=False)
```

In any other language: start `paypath lab --directory DIR`, wait for `DIR/paypath.yaml`, read `DIR/lab.json`, and flip the
switches over HTTP.
"""


def page() -> str:
    """The whole page."""
    return _HEAD + _faults() + _AFTER_FAULTS + _routes() + _TAIL


def _faults() -> str:
    catalogue = load()
    rows = []
    for place in Place:
        for name, fault in FAULTS.items():
            if fault.place is place:
                entry = catalogue.entry(fault.reason)
                reason = f"[`{fault.reason}`]({entry.runbook.removeprefix('docs/')})"
                rows.append((f"`{name}`", fault.text, place.value, reason, str(entry.code)))
    return _table(("fault", "what is wrong", "place", "reason", "code"), rows)


def _routes() -> str:
    def collection(path: str) -> str:
        return path.split("/")[2]

    rows = []
    for name, routes in groupby(sorted(ROUTES, key=lambda r: collection(r.path)), key=lambda r: collection(r.path)):
        rows.append((f"`{name}`", ", ".join(f"`{route.method} {route.path}`" for route in routes)))
    return _table(("of", "methods"), rows)


def _table(heading: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [tuple(heading), *map(tuple, rows)]
    lines.insert(1, ("---",) * len(lines[0]))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    sys.exit(write_or_check(DOCS / "lab.md", page(), sys.argv[1:]))
