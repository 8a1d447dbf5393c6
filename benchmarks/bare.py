"""The bare SDK, charging and refunding as fast as it may: `python -m benchmarks.bare CONFIG CHARGES [--fresh]`.

What a script of an afternoon would do: the same two requests over mTLS with the SDK's own client on `requests`, no evidence, no judgement, no mark in the
metadata, no undoing where it fails. Takes the connector, the identity and the key from a `paypath.yaml`, and prints one line of JSON.
"""

import argparse
import json
import pathlib
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import requests
import stripe
import yaml

WARM_UP: Final = 5
_CHARGE: Final[Any] = {
    "amount": 100,
    "currency": "usd",
    "payment_method": "pm_card_visa",
    "payment_method_types": ["card"],
    "confirm": True,
}


def client_maker(configuration: pathlib.Path) -> Callable[[], stripe.StripeClient]:
    """What makes a client with a connection pool of its own."""
    content = yaml.safe_load(configuration.read_text(encoding="utf-8"))
    (path,), (identity,) = content["paths"].values(), content["identities"].values()
    key = pathlib.Path(path["stripe"]["api_key_file"]).read_text(encoding="utf-8").strip()
    stripe.ca_bundle_path = path["connector"]["trust"]

    def client() -> stripe.StripeClient:
        session = requests.Session()
        session.cert = (identity["certificate"], identity["private_key"])
        http = stripe.RequestsClient(session=session)
        return stripe.StripeClient(
            key, base_addresses={"api": path["connector"]["url"]}, http_client=http, max_network_retries=0
        )

    return client


def charge(client: stripe.StripeClient) -> None:
    """One charge, refunded. Raises where it is not."""
    intent = client.v1.payment_intents.create(params=_CHARGE)
    refund = client.v1.refunds.create(params={"payment_intent": intent.id})
    if (intent.status, refund.status) != ("succeeded", "succeeded"):
        raise RuntimeError(f"{intent.status}, {refund.status}")


def main() -> None:
    """Measure once."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bare", description=__doc__)
    parser.add_argument("configuration", type=pathlib.Path)
    parser.add_argument("charges", type=int)
    parser.add_argument(
        "--fresh", action="store_true", help="a client, and so a connection, of its own for each charge"
    )
    chosen = parser.parse_args()
    make = client_maker(chosen.configuration)
    kept = make()
    for _ in range(WARM_UP):
        charge(kept)
    began_s, cpu_s = time.perf_counter(), time.process_time()
    for _ in range(chosen.charges):
        charge(make() if chosen.fresh else kept)
    found = {"cpu_s": time.process_time() - cpu_s, "took_s": time.perf_counter() - began_s}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
