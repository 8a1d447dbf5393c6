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


def test_where_pictures_go_is_known_to_the_tests_alone() -> None:
    """Its name is taken out like all others that paypath would warn of, and pytest's workers find it under another."""
    shell = {"PAYPATH_TEST_SCREENSHOTS": "build/screenshots"}
    for _worker in range(2):
        settle(shell)
        assert shell["TEST_SCREENSHOTS"] == "build/screenshots"
        assert "PAYPATH_TEST_SCREENSHOTS" not in shell


def test_it_is_in_force_here() -> None:
    """Settling once more changes nothing: the tests run in settled surroundings."""
    again = dict(os.environ)
    settle(again)
    assert again == dict(os.environ)
