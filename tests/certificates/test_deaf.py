"""Which limit keeps the kernel from telling changes, with the words that watchfiles has for each (measured)."""

import resource

import pytest

from probe.certificates.deaf import why_deaf

_NO_WATCHER = "Error creating recommended watcher: Too many open files (os error 24)"


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        (_NO_WATCHER, "fs.inotify.max_user_instances"),
        (
            "Error creating recommended watcher: Too many open files in system (os error 23)",
            "fs.file-max",
        ),
        (
            'OS file watch limit reached. about ["/tls"] (Error { kind: MaxFilesWatch, paths: ["/tls"] })',
            "fs.inotify.max_user_watches",
        ),
        ("Function not implemented (os error 38)", "(os error 38)"),
    ],
)
def test_a_limit_is_named_as_it_is_raised(text: str, raised: str) -> None:
    """What is no limit keeps its own words."""
    assert raised in why_deaf(RuntimeError(text))


def test_one_errno_for_two_limits() -> None:
    """Where the process itself may open no more, it is not the user's instances that are used up."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1, before[1]))
    try:
        said = why_deaf(RuntimeError(_NO_WATCHER))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert "LimitNOFILE=" in said
