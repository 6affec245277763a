"""Text that is almost JSON, against the `json` module: the same is accepted, as the same values."""

import json
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from socketio_rs._core import decode_args

MAX_DEPTH = 512
"""Levels of nesting that are accepted."""

SEEDS = Path(__file__).parents[2] / "fuzz" / "seeds" / "json"

Accepted = tuple[str] | None
"""What a reader makes of a text: the value's `repr`, which tells 1 from 1.0 and True, or nothing."""


def read(data: bytes) -> Accepted:
    try:
        return (repr(decode_args(data, [])),)
    except ValueError:
        return None


def read_by_json(data: bytes) -> Accepted:
    try:
        text = data.decode()
        if depth(text) > MAX_DEPTH:
            return None
        value = json.loads(text, parse_constant=refuse)
    except ValueError:
        return None
    if "\\ud" in text.lower():
        value = without_surrogates(value)
    return (repr(value),) if isinstance(value, list) else None


def refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def depth(text: str) -> int:
    """The deepest level of a valid text."""
    deepest = level = 0
    characters = iter(text)
    in_string = False
    for character in characters:
        if in_string and character == "\\":
            next(characters, None)
        elif character == '"':
            in_string = not in_string
        elif not in_string:
            level += (character in "[{") - (character in "]}")
            deepest = max(deepest, level)
    return deepest


def without_surrogates(value: Any) -> Any:
    """Half of a pair, which only an escape can spell, is read as the replacement character."""
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [without_surrogates(element) for element in value]
        case dict():
            return {
                without_surrogates(key): without_surrogates(item) for key, item in value.items()
            }
    return value


def assert_read_alike(data: bytes) -> None:
    # A packet without any text has no arguments, and is not for the `json` module.
    for text in [data or b"[]", b"[" + data + b"]", b'["chat",' + data + b"]"]:
        assert read(text) == read_by_json(text)


@pytest.mark.parametrize("seed", sorted(SEEDS.iterdir()), ids=lambda path: path.name)
def test_seed_is_read_as_json_reads_it(seed: Path) -> None:
    assert_read_alike(seed.read_bytes())


TOKENS = [
    *("[", "]", "{", "}", ",", ":", '"', "\\", " ", "\n", "\t", "\f", "\0", "\xa0", "\ufeff", "é"),
    *("true", "fals", "null", "NaN", "Infinity", "-", "+", "0", "1", ".", "e", "E5", "1e999"),
    *('"a"', '"a":', '\\"', "\\u", "\\u00e9", "\\ud83d", "\\ude00", "\\uD83D\\uDE00", "\\x"),
]

trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
written = st.builds(
    lambda value, ascii_only: json.dumps(value, ensure_ascii=ascii_only).encode(
        errors="surrogatepass"
    ),
    trees,
    st.booleans(),
)
# Those of great depth would only take long.
seeds = st.sampled_from(
    [seed for path in sorted(SEEDS.iterdir()) if len(seed := path.read_bytes()) < 100]
)
assembled = st.lists(st.sampled_from(TOKENS), max_size=12).map(
    lambda parts: "".join(parts).encode()
)


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A text of which a piece has become something else."""
    data = draw(written | seeds)
    start = draw(st.integers(0, len(data)))
    end = min(start + draw(st.integers(0, 3)), len(data))
    piece = draw(st.sampled_from(TOKENS).map(str.encode) | st.binary(max_size=3))
    return data[:start] + piece + data[end:]


@given(written | assembled | spoilt())
@example(b'"\\ud83d\\ud83d\\ude00"')
@example(b'{"\\ud83d":1,"\\ude00":2,"\xef\xbf\xbd":3}')
def test_any_text_is_read_as_json_reads_it(data: bytes) -> None:
    assert_read_alike(data)
