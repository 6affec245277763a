"""JSON and attachments to Python values and back, compared with the `json` module."""

import array
import collections
import enum
import gc
import json
import math
import sys
import types
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketio_rs._core import decode_args, encode_args

MAX_DEPTH = 512
"""Levels of nesting that are accepted, the packet's own array counted."""


def decode(text: str | bytes, *attachments: bytes) -> list[Any]:
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return decode_args(data, list(attachments))


def encode(*args: Any) -> str:
    data, attachments = encode_args(*args)
    assert attachments == []
    return data.decode()


def same(left: object, right: object) -> bool:
    """Equality that tells 1 from 1.0 and True, and 0.0 from -0.0."""
    return repr(left) == repr(right)


# Round trips

characters = st.characters(exclude_categories=["Cs"]) | st.sampled_from(
    '"\\/\b\f\n\r\t\0\x7f\u2028😀é'
)
texts = st.text(characters) | st.text(st.characters(max_codepoint=0x7F), max_size=100)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | texts


def trees(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=30
    )


@given(st.lists(trees(scalars)))
def test_what_is_written_reads_the_same_here_and_in_json(args: list[Any]) -> None:
    data, attachments = encode_args(*args)
    assert attachments == []
    assert same(json.loads(data), args)
    assert same(decode_args(data, []), args)


@given(st.lists(trees(scalars)), st.booleans(), st.sampled_from([None, 0, 3]))
def test_what_json_writes_is_read(args: list[Any], ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(args, ensure_ascii=ascii_only, indent=indent)
    assert same(decode(text), args)


@given(st.lists(trees(scalars | st.binary())))
def test_bytes_travel_beside_the_json(args: list[Any]) -> None:
    data, attachments = encode_args(*args)
    assert data.count(b'"_placeholder":true') >= len(attachments)
    assert same(decode_args(data, attachments), args)


@given(st.binary(max_size=60) | st.text('[]{}",:0123456789.eE+-\\utrfalsn d8').map(str.encode))
def test_text_that_was_never_checked_is_read_or_refused(data: bytes) -> None:
    for text in [data, b"[" + data, b"[" + data + b"]", b'["a",' + data + b"]"]:
        for maximum in [0, 1, sys.maxsize]:
            try:
                decode_args(text, [b"x"], maximum)
            except (ValueError, UnicodeDecodeError):
                continue


# Reading

VALID = [
    "[]",
    " [ ] ",
    "\t[\r\n1 ,2\n]\r\n",
    "[[],{},[[]],[{}]]",
    '[{"a":{"b":[]}}]',
    '[{"":0}]',
    '[{"a":1,"b":2,"a":3}]',
    '[{"a":1,"a":[],"\\u0061":2}]',
    "[true,false,null]",
    "[0,-0,1,-1,123456789012345678,-123456789012345678]",
    "[999999999999999999,1000000000000000000,-999999999999999999,-1000000000000000000]",
    "[9223372036854775807,-9223372036854775808,9223372036854775808,-9223372036854775809]",
    "[18446744073709551615,18446744073709551616,100000000000000000000000000000000]",
    "[0.0,-0.0,0e0,-0e-0,1E5,1e+5,1e-5,0.1,2.5e10,1.7976931348623157e308,5e-324,2e-324]",
    "[123123e100000,-123123e100000,1e400,-1e400,1e-400,123.456e-789,0.4e00669999999999]",
    "[9007199254740993.0,0.3,2.2250738585072011e-308,1.00000000000000011102230246251565]",
    "[1.5,1.5 ,1.5\n]",
    '["",""]',
    '["\\"\\\\\\/\\b\\f\\n\\r\\t"]',
    '["\\u0000\\u0041\\u00e9\\u20AC\\u2028\\uFFFF\\ufeff"]',
    '["\\ud83d\\ude00","\\uD834\\uDD1E","a\\uDBFF\\uDFFFb"]',
    '["\u2028\u2029\x7f","é","€","𝄞","\ufffe\uffff\U0010ffff"]',
    '["a\\nb","0123456\\n","01234567\\n","012345678\\n0123456789abcdef\\n"]',
    '["[\\"{,:}]","\\\\","\\\\\\""]',
    '[{"\\ud83d\\ude00":"\\u0000","é":1,"a\\nb":2,"_placeholder":true,"num":0}]',
    '[{"_placeholder":false},{"num":0}]',
    json.dumps(["x" * n + "é" * (n % 3) + "\\" * (n % 2) + "y" * n for n in range(300)]),
    json.dumps(["x" * n + "é" for n in range(150)], ensure_ascii=False),
    json.dumps([{"k" * n: n for n in range(70)}]),
]


@pytest.mark.parametrize("text", VALID)
def test_valid_text_is_read_as_json_reads_it(text: str) -> None:
    expected = json.loads(text)
    assert same(decode(text), expected)
    # Twice, with the keys known now; and behind an event's name.
    assert same(decode(text), expected)
    event = '["chat",' + text + "]"
    assert same(decode(event), json.loads(event))


@pytest.mark.parametrize(
    ("escapes", "text"),
    [
        ("\\ud800", "\ufffd"),
        ("\\udfff", "\ufffd"),
        ("a\\ud83db", "a\ufffdb"),
        ("\\ude00\\ud83d", "\ufffd\ufffd"),
        ("\\ud83d\\ud83d\\ude00", "\ufffd😀"),
        ("\\ud83d\\u0041", "\ufffdA"),
        ("\\ud83d\\n", "\ufffd\n"),
        ("\\ud83d\\\\ude00", "\ufffd\\ude00"),
    ],
)
def test_lone_surrogate_escape_is_the_replacement_character(escapes: str, text: str) -> None:
    assert decode(f'["{escapes}",["{escapes}",{{"{escapes}":1}}]]') == [text, [text, {text: 1}]]
    assert decode_args(f'[["{escapes}"]]'.encode(), []) == [[text]]


@pytest.mark.parametrize(
    "text",
    [
        " ",
        "[",
        "]",
        "{}",
        "1",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1]x",
        "[1],",
        "[[]",
        "[]]",
        "[{]",
        '[{"a"}]',
        '[{"a":}]',
        '[{"a":1,}]',
        "[{a:1}]",
        "[{1:1}]",
        '[{"a" 1}]',
        "[tru]",
        "[nul",
        "[True]",
        "[NaN]",
        "[Infinity]",
        "[-]",
        "[-Infinity]",
        "[01]",
        "[-01]",
        "[1.]",
        "[.5]",
        "[+1]",
        "[1e]",
        "[1e+]",
        "[0x10]",
        '["',
        '["\\',
        '["\\"',
        '["\\u',
        '["\\u12',
        '["\\u12g4"]',
        '["\\u+123"]',
        '["\\x"]',
        '["a\nb"]',
        '["a\\n\0"]',
        '["\ud800"]',
    ],
)
def test_text_that_is_no_json_is_refused(text: str) -> None:
    for data in [text, '["chat",[' + text]:
        with pytest.raises(ValueError, match=r"not a packet's JSON|utf-8"):
            decode(data)


def test_integers_are_read_up_to_4300_digits() -> None:
    for sign in ["", "-"]:
        digits = sign + "9" * 4300
        assert decode(f"[{digits}]") == [int(digits)]
        with pytest.raises(ValueError, match="integer of more than 4300 digits"):
            decode(f"[{digits}9]")
    with pytest.raises(ValueError, match="4300 digits"):
        decode("[" + "1" * 1_000_000 + "]")


def test_a_lower_bound_on_digits_holds() -> None:
    bound = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        with pytest.raises(ValueError, match="integer of more than"):
            decode("[" + "1" * 1000 + "]")
        with pytest.raises(ValueError, match="argument 1 has more digits"):
            encode(10**1000)
    finally:
        sys.set_int_max_str_digits(bound)


def nested(depth: int, opening: str, closing: str) -> str:
    return opening * depth + closing * depth


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":[', "]}")])
def test_depth_of_512_is_read_shown_and_freed(opening: str, closing: str) -> None:
    levels = (MAX_DEPTH - 1) // len(closing)
    value = decode("[" + nested(levels, opening, closing) + "]")
    assert repr(value) == "[" + nested(levels, opening, closing).replace('"a":', "'a': ") + "]"
    assert encode(*value) == "[" + nested(levels, opening, closing) + "]"
    del value
    gc.collect()
    for depth in [MAX_DEPTH, 100_000]:
        with pytest.raises(ValueError, match="not a packet's JSON"):
            decode("[" + nested(depth, opening, closing) + "]")


def test_no_more_arguments_are_made_than_wanted() -> None:
    text = (
        b'["chat",1,{"a":["]}",{"b":"\\"\\\\"}]}, [ [ ] , "x" ] , -1.5e+3,true,null,"s\\"",'
        b'{"_placeholder":true,"num":0}]'
    )
    expected = [*json.loads(text)[:-1], b"x"]
    for maximum in range(len(expected)):
        assert decode_args(text, [b"x"], maximum) == expected[: maximum + 1]
    # What is passed over may be too long for an int.
    assert decode_args(b'["a",1,' + b"9" * 5000 + b"]", [], 1) == ["a", 1]


def test_event_names_are_text() -> None:
    for name in ["", "chat", "é", 'a"b\\', "\u2028", "x" * 100]:
        for ascii_only in [True, False]:
            assert decode(json.dumps([name, 1], ensure_ascii=ascii_only)) == [name, 1]


def test_many_more_keys_than_are_kept_stay_apart() -> None:
    keys = [f"key{n}" for n in range(5000)]
    for _ in range(2):
        assert decode(json.dumps([dict.fromkeys(keys, 1)])) == [dict.fromkeys(keys, 1)]


def test_keys_are_shared() -> None:
    [first], [second] = decode('[{"shared":1}]'), decode('[{"shared":2}]')
    assert next(iter(first)) is next(iter(second))


# Attachments


def test_placeholders_become_bytes() -> None:
    text = '[{"_placeholder":true,"num":1},[{"num": 0 ,"_placeholder" : true}],{"x":1}]'
    assert decode(text, b"zero", b"one") == [b"one", [b"zero"], {"x": 1}]


def test_placeholder_may_have_more_keys_and_the_last_of_a_key_counts() -> None:
    text = '[{"num":7,"_placeholder":false,"a":[1],"_placeholder":true,"num":0}]'
    assert decode(text, b"x") == [b"x"]
    text = '[{"_placeholder":true,"num":0,"_placeholder":1}]'
    assert decode(text, b"x") == [{"_placeholder": 1, "num": 0}]


def test_attachment_asked_for_twice_is_one_object() -> None:
    first, second = decode("[" + ",".join(['{"_placeholder":true,"num":0}'] * 2) + "]", b"x" * 100)
    assert first is second


@pytest.mark.parametrize(
    "number",
    ['"splice"', '"0"', "-1", "-0", "1", "0.0", "0e0", "9007199254740992", "null", "[0]", "true"],
)
def test_placeholder_of_no_attachment_is_refused(number: str) -> None:
    for text in [f'"_placeholder":true,"num":{number}', f'"num":{number},"_placeholder":true']:
        with pytest.raises(ValueError, match="not a packet's JSON"):
            decode("[{" + text + "}]", b"x")
    with pytest.raises(ValueError, match="not a packet's JSON"):
        decode('[{"_placeholder":true}]', b"x")


def test_without_attachments_a_placeholder_is_an_object() -> None:
    text = '[{"_placeholder":true,"num":"splice"}]'
    assert decode(text) == json.loads(text)


def test_attachments_are_numbered_in_the_order_they_are_met() -> None:
    shared = b"twice"
    data, attachments = encode_args("e", {"a": b"1", "b": [shared, shared]}, bytearray(b"4"))
    placeholders = [f'{{"_placeholder":true,"num":{number}}}' for number in range(4)]
    first, second, third, fourth = placeholders
    assert data.decode() == f'["e",{{"a":{first},"b":[{second},{third}]}},{fourth}]'
    assert attachments == [b"1", b"twice", b"twice", b"4"]


class Bytes(bytes):
    pass


@pytest.mark.parametrize(
    ("value", "content"),
    [
        (b"", b""),
        (b"\0\xff", b"\0\xff"),
        (Bytes(b"sub"), b"sub"),
        (bytearray(), b""),
        (bytearray(b"array"), b"array"),
        (memoryview(b""), b""),
        (memoryview(b"view"), b"view"),
        (memoryview(bytearray(b"0123"))[1:3], b"12"),
        (memoryview(b"0123")[::2], b"02"),
        (memoryview(b"0123")[::-1], b"3210"),
        (memoryview(array.array("H", [1, 2])), array.array("H", [1, 2]).tobytes()),
        (memoryview(array.array("d", [1.5]))[:0], b""),
        (memoryview(b"0123").cast("B", (2, 2)), b"0123"),
        (memoryview(b"\1").cast("?"), b"\1"),
        (b"x" * 125, b"x" * 125),
        (b"x" * 126, b"x" * 126),
        (b"x" * 65535, b"x" * 65535),
        (b"x" * 65536, b"x" * 65536),
    ],
)
def test_any_buffer_is_an_attachment(value: Any, content: bytes) -> None:
    assert encode_args(value) == (b'[{"_placeholder":true,"num":0}]', [content])


def test_released_view_raises_its_own_error() -> None:
    view = memoryview(b"x")
    view.release()
    with pytest.raises(ValueError, match="released"):
        encode_args("e", view)


# Writing


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-1, "-1"),
        (2**63 - 1, "9223372036854775807"),
        (-(2**63), "-9223372036854775808"),
        (2**63, "9223372036854775808"),
        (-(10**40), "-1" + "0" * 40),
        (10**4299, "1" + "0" * 4299),
        (1.0, "1.0"),
        (-0.0, "-0.0"),
        (0.1, "0.1"),
        (1.5e300, "1.5e300"),
        (5e-324, "5e-324"),
        (math.nan, "null"),
        (math.inf, "null"),
        (-math.inf, "null"),
        ("", '""'),
        ("\u2028\x7f/é€😀", '"\u2028\x7f/é€😀"'),
        ('"\\\b\f\n\r\t', '"\\"\\\\\\b\\f\\n\\r\\t"'),
        ("\0\x1f", '"\\u0000\\u001f"'),
        ('é\0\n"', '"é\\u0000\\n\\""'),
        ("\ud83d", '"\\ud83d"'),
        ("é\ude00😀", '"é\\ude00😀"'),
        ("x" * 1000 + "\n", '"' + "x" * 1000 + '\\n"'),
        ([], "[]"),
        ({}, "{}"),
        ((), "[]"),
        ((1, (2,)), "[1,[2]]"),
        ({"a": [1, {"b": None}], "c": ()}, '{"a":[1,{"b":null}],"c":[]}'),
    ],
)
def test_values_are_written_as_javascript_does(value: object, text: str) -> None:
    assert encode(value) == f"[{text}]"
    assert encode("chat", value, value) == f'["chat",{text},{text}]'


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (1, "1"),
        (-5, "-5"),
        (10**30, "1" + "0" * 30),
        (True, "true"),
        (False, "false"),
        (None, "null"),
        (1.0, "1"),
        (-0.0, "0"),
        (0.5, "0.5"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (-1.5e300, "-1.5e+300"),
        (123456789012345680000.0, "123456789012345680000"),
        (0.000001, "0.000001"),
        (1e-7, "1e-7"),
        (-1.25e-9, "-1.25e-9"),
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        ('a"b', 'a\\"b'),
    ],
)
def test_keys_are_written_as_javascript_does(key: object, text: str) -> None:
    assert encode({key: 1}) == f'[{{"{text}":1}}]'


class Text(str):
    def __str__(self) -> str:
        raise AssertionError


class Whole(int):
    def __str__(self) -> str:
        raise AssertionError

    __index__ = __int__ = __repr__ = __str__  # type: ignore[assignment]


class Real(float):
    def __repr__(self) -> str:
        raise AssertionError


class Color(enum.StrEnum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Point(tuple[int, int]):
    pass


class Shouting(dict[str, int]):
    def items(self) -> Any:
        return [(key.upper(), value) for key, value in super().items()]


class Chain(Mapping[str, int]):
    def __init__(self, keys: list[str]) -> None:
        self.keys_ = keys

    def __getitem__(self, key: str) -> int:
        return self.keys_.index(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys_)

    def __len__(self) -> int:
        return len(self.keys_)


ordered = collections.OrderedDict([("a", 1), ("b", 2)])
ordered.move_to_end("a")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Text('x"'), '"x\\""'),
        (Text("é"), '"é"'),
        (Whole(7), "7"),
        (Whole(10**30), "1" + "0" * 30),
        (Real(1.5), "1.5"),
        (Color.RED, '"red"'),
        (Level.HIGH, "3"),
        (Point((1, 2)), "[1,2]"),
        (ordered, '{"b":2,"a":1}'),
        (collections.defaultdict(list, {"a": []}), '{"a":[]}'),
        (collections.UserDict({"a": 1}), '{"a":1}'),
        (types.MappingProxyType({"a": 1}), '{"a":1}'),
        (Shouting(a=1), '{"A":1}'),
        (Chain(["x", "y"]), '{"x":0,"y":1}'),
        ({Text("k"): 1, Color.RED: 2, Level.HIGH: 3}, '{"k":1,"red":2,"3":3}'),
    ],
    ids=lambda value: type(value).__name__,
)
def test_subclasses_are_written_by_the_value_of_their_base(value: object, text: str) -> None:
    assert encode("e", [value]) == f'["e",[{text}]]'


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ("chat", {"users": [{1, 2}]}),
            'cannot send event "chat": argument 1["users"][0] of type set is not JSON or bytes',
        ),
        (
            ("chat", 1, object()),
            'cannot send event "chat": argument 2 of type object is not JSON or bytes',
        ),
        (
            ("a", ({"k\n": [0, {5: array.array("b")}]},)),
            'cannot send event "a": argument 1[0]["k\\n"][1]["5"] of type array.array '
            "is not JSON or bytes",
        ),
        (
            ("a", {"m": types.MappingProxyType({"x": type})}),
            'cannot send event "a": argument 1["m"]["x"] of type type is not JSON or bytes',
        ),
        (
            ("a", [{(1, 2): 3}]),
            'cannot send event "a": argument 1[0] has a key of type tuple, '
            "not str, int, float, bool or None",
        ),
        (
            ("a", {b"k": 3}),
            'cannot send event "a": argument 1 has a key of type bytes, '
            "not str, int, float, bool or None",
        ),
        (
            ("a", [[1], ({"x": {}, "y": types.MappingProxyType({"p": [0], "q": [(), set()]})},)]),
            'cannot send event "a": argument 1[1][0]["y"]["q"][1] of type set is not JSON or bytes',
        ),
        (
            ("a", [[], {"x": [1], (): 2}]),
            'cannot send event "a": argument 1[1] has a key of type tuple, '
            "not str, int, float, bool or None",
        ),
        ((1, 2j), "cannot answer: argument 2 of type complex is not JSON or bytes"),
    ],
)
def test_what_is_not_json_is_named_with_its_path(args: tuple[Any, ...], message: str) -> None:
    with pytest.raises(TypeError) as raised:
        encode_args(*args)
    assert str(raised.value) == message
    # Nothing of it is left for the next packet.
    with pytest.raises(TypeError):
        encode_args("x", b"attachment", *args)
    assert encode_args("x") == (b'["x"]', [])


def test_path_of_many_steps_is_told() -> None:
    value: Any = object()
    for _ in range(100):
        value = [0, {"k": ((), value)}]
    with pytest.raises(TypeError) as raised:
        encode("a", value)
    path = '[1]["k"][1]' * 100
    assert f"argument 1{path} of type object" in str(raised.value)


def test_circular_values_are_refused() -> None:
    items: list[Any] = []
    items.append(items)
    table: dict[str, Any] = {}
    table["self"] = {"deeper": table}
    for value in [items, table, (items,)]:
        with pytest.raises(ValueError, match=r'^cannot send event "a": argument 2 is circular '):
            encode_args("a", 1, value)


def test_depth_of_512_is_written() -> None:
    value: Any = 1
    for _ in range(MAX_DEPTH - 1):
        value = (value,)
    assert encode(value) == "[" + nested(MAX_DEPTH - 1, "[", "]").replace("[]", "[1]") + "]"
    with pytest.raises(ValueError, match="nested deeper than 512 levels"):
        encode([value])


def test_endless_mappings_are_refused() -> None:
    class Endless(Chain):
        def __getitem__(self, key: str) -> Any:
            return Endless([key])

    with pytest.raises(ValueError, match="nested deeper than 512 levels"):
        encode("e", Endless(["a"]))


def test_int_of_too_many_digits_is_refused() -> None:
    with pytest.raises(ValueError, match=r"argument 1\[0\] has more digits than"):
        encode("e", [10**4300])


class Meddler(Chain):
    """Runs a function when it is written."""

    def __init__(self, meddle: Any) -> None:
        super().__init__(["x"])
        self.meddle = meddle

    def __iter__(self) -> Iterator[str]:
        self.meddle()
        return super().__iter__()


def test_dict_that_changes_meanwhile_is_refused() -> None:
    table: dict[str, Any] = {"a": Meddler(lambda: table.clear()), "b": ["kept"] * 100}
    with pytest.raises(RuntimeError, match="changed size"):
        encode("e", table)
    table = {str(n): Meddler(lambda: table.update({str(len(table)): []})) for n in range(20)}
    with pytest.raises(RuntimeError, match="changed size"):
        encode("e", table)


def test_values_replaced_meanwhile_do_no_harm() -> None:
    table: dict[str, Any] = {}

    def replace() -> None:
        for key in table:
            table[key] = "new" * 100

    table.update({"a": {"deep": [Meddler(replace), ["old"] * 50]}, "b": ["old"] * 100})
    assert json.loads(encode("e", table))[1] == {
        "a": {"deep": [{"x": 0}, ["old"] * 50]},
        "b": "new" * 100,
    }


def test_list_that_changes_meanwhile_does_no_harm() -> None:
    items: list[Any] = [1, Meddler(lambda: items.clear()), ["gone"], 2]
    assert encode("e", items) == '["e",[1,{"x":0}]]'
    items = [Meddler(lambda: items.extend([1] * 1000))]
    assert encode("e", items) == '["e",[{"x":0}]]'


def test_packets_written_within_a_packet_stay_apart() -> None:
    inner: list[Any] = []
    value = Meddler(lambda: inner.append(encode_args("inner", b"i")))
    assert encode_args("outer", b"o", value) == (
        b'["outer",{"_placeholder":true,"num":0},{"x":0}]',
        [b"o"],
    )
    assert inner == [(b'["inner",{"_placeholder":true,"num":0}]', [b"i"])]


def test_errors_of_a_mapping_pass_through() -> None:
    def fail() -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        encode("e", [Meddler(fail)])


def test_nothing_leaks() -> None:
    value = {"é": [1.5, 10**30, "x" * 50, b"bytes"], "b": {"c": None}}
    deep: Any = object()
    for number in range(50):
        deep = [{}, {number: types.MappingProxyType({"k": (value, deep)})}]
    broken = '[["a",' + '{"x":[1,"é"],"k":[{},"y",' * 50

    def convert() -> None:
        data, attachments = encode_args("event", value, [value])
        assert decode_args(data, attachments)[1] == value
        for text in [
            '["a",{"k":[1,{"b":"x"',
            '[[1,"x",{"a":2}',
            '[{"_placeholder":true,"num":9}]',
            broken,
        ]:
            with pytest.raises(ValueError, match="JSON"):
                decode(text, b"x")
        for refused in [{1: [{"x": object()}]}, deep]:
            with pytest.raises(TypeError):
                encode_args("event", value, refused)

    for _ in range(20):
        convert()
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(200):
        convert()
    gc.collect()
    assert sys.getallocatedblocks() - before < 100
