"""Stands for a pager: prints what Alertmanager sends, one line for each alert."""

import http.server
import json
import sys
from typing import Final

PORT: Final = 8080
MOST_BYTES: Final = 1 << 20


class Pager(http.server.BaseHTTPRequestHandler):
    """Takes Alertmanager's webhook, version 4."""

    def do_POST(self) -> None:
        """One notification."""
        told = json.loads(self.rfile.read(min(int(self.headers["Content-Length"]), MOST_BYTES)))
        for alert in told["alerts"]:
            labels, annotations = alert["labels"], alert["annotations"]
            sys.stdout.write(f"{told['receiver']} {alert['status']}: {annotations['summary']}\n")
            sys.stdout.write(
                f"    {labels['alertname']} · {annotations['runbook_url']} · {annotations['dashboard_url']}\n"
            )
        sys.stdout.flush()
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the standard library's
        """Only notifications are printed."""


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("0.0.0.0", PORT), Pager).serve_forever()  # noqa: S104 - inside its container
