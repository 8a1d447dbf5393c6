"""Every syntax error has a place and a way out; no text makes the reader raise anything else."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from probe.documents.mistakes import SetupError
from probe.documents.tree import read_document

SYNTAX = [
    (
        "a: [1,\n",
        "f:2:1: not valid YAML: expected the node content, but found '<stream end>'; close the bracket or brace, and put commas between",
    ),
    ("a:\n\tb: 1\n", "f:2:1: YAML does not allow a tab here; indent with spaces"),
    (
        "a: 1\n b: 2\n",
        "f:2:3: not valid YAML: mapping values are not allowed here; indent this line like its neighbours, or put text that contains `: ` in quotes",
    ),
    ("a: @b\n", "f:1:4: not valid YAML: found character '@' that cannot start any token; put the text in quotes"),
    ("a: 'b\n", "f:1:4: not valid YAML: found unexpected end of stream; close the quote"),
    ("- a\nb: 1\n", "f:2:1: not valid YAML: expected <block end>, but found '?'; indent this line like its neighbours"),
    (
        "a: *b\n",
        "f:1:4: not valid YAML: found undefined alias; define it with `&` before it is used, or put text that begins with `*` in quotes",
    ),
    (
        "a: 1\n---\nb: 2\n",
        "f:2:1: not valid YAML: but found another document; keep one document in a file: remove what follows `---`",
    ),
    ("a: 1\nb: \x00\n", "f:2:4: YAML does not allow the character U+0000; remove it"),
    (
        'a: "\\q"\n',
        "f:1:6: not valid YAML: found unknown escape character 'q'; use single quotes, where a backslash is only a backslash",
    ),
    ("x" * 1_000_001, "f:1:1: more than a million characters; split it"),
]


@pytest.mark.parametrize(("text", "message"), SYNTAX, ids=[text[:12] for text, _ in SYNTAX])
def test_syntax_error(text: str, message: str) -> None:
    """File, line, column, what is wrong, what to do."""
    with pytest.raises(SetupError) as caught:
        read_document(text, "f")
    assert str(caught.value) == message


@pytest.mark.parametrize("text", ['a: "\\UFFFFFFFF"', 'a: "\\U00110000"', f"%YAML {'9' * 5000}.1\n---\na"])
def test_numbers_that_pyyaml_does_not_check(text: str) -> None:
    """PyYAML raises ValueError and OverflowError for these; an operator gets a place."""
    with pytest.raises(SetupError, match=r"^f:1:\d+: a number too large for YAML"):
        read_document(text, "f")


def test_depth_is_bounded() -> None:
    """A few kilobytes of brackets do not end in a RecursionError."""
    with pytest.raises(SetupError, match="too many levels"):
        read_document("[" * 5000, "f")


@pytest.mark.parametrize(
    "text",
    [
        "password: *hunter2hunter2",
        "password: !hunter2hunter2 x",
        "a: !<hunter2hunter2",
        "&hunter2hunter2 a: &hunter2hunter2 b\nc: [*hunter2hunter2, *hunter2hunter2x]",
    ],
)
def test_no_word_of_the_operator_in_syntax_errors(text: str) -> None:
    """What follows `*`, `&` or `!` may be a password that lacks its quotes."""
    try:
        found = "".join(str(mistake) for mistake in read_document(text, "f").mistakes)
    except SetupError as error:
        found = str(error)
    assert found
    assert "hunter2" not in found


@given(
    st.text(alphabet=st.sampled_from("ab:- \n\t[]{}\"'*&!|>%@#,?\\~0x_.\ud800\x00é"), max_size=60)
    | st.text(max_size=60)
)
@example("&a [*a]")
@example("? [a]\n: b")
@example("<<: a")
@example("- !!python/object/apply:os.system [id]")
def test_nothing_but_setup_errors(text: str) -> None:
    """Whatever the text, it is read or refused."""
    try:
        document = read_document(text, "f")
    except SetupError as error:
        assert error.mistakes  # noqa: PT017 - both ways out are fine, and this is what the refusal promises
    else:
        assert document.file == "f"
