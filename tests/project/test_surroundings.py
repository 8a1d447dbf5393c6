"""What the tests take from the shell that starts them."""

import os

from tests.surroundings import settle


def test_a_shell_full_of_settings() -> None:
    """Nothing is left that changes results; loopback is never asked of a proxy, and what pip needs stays."""
    shell = {
        "PATH": "/bin",
        "PAYPATH_CONFIG": "/etc/paypath.yaml",
        "OTEL_SDK_DISABLED": "true",
        "COLUMNS": "40",
        "NO_COLOR": "1",
        "https_proxy": "http://proxy.example:3128",
        "no_proxy": "example.com,localhost",
    }
    settle(shell)
    assert shell == {
        "PATH": "/bin",
        "https_proxy": "http://proxy.example:3128",
        "no_proxy": "example.com,127.0.0.1,localhost",
        "NO_PROXY": "127.0.0.1,localhost",
    }


def test_it_is_in_force_here() -> None:
    """Settling once more changes nothing: the tests run in settled surroundings."""
    again = dict(os.environ)
    settle(again)
    assert again == dict(os.environ)
