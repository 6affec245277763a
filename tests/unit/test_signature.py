"""What is read from a handler's signature, and what is refused."""

import functools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Optional, TypeAlias

import pytest

from socketio_rs import Ack, Socket
from socketio_rs._signature import maximum, read

if TYPE_CHECKING:
    from nowhere import User  # type: ignore[import-not-found]

    from socketio_rs import Ack as Answer


def none() -> None: ...
def socket_only(socket: Any) -> None: ...
def two(socket: Any, a: Any, b: Any) -> None: ...
def optional(socket: Any, a: Any, b: Any = None) -> None: ...
def variadic(*args: Any) -> None: ...
def one_and_more(socket: Any, a: Any, *args: Any) -> None: ...
def keywords(socket: Any, *, flag: bool = False, **others: Any) -> None: ...
def positional_only(socket: Any, a: Any, /) -> None: ...


@pytest.mark.parametrize(
    ("function", "socket", "required", "maximum"),
    [
        (none, False, 0, 0),
        (socket_only, True, 0, 0),
        (two, True, 2, 2),
        (optional, True, 1, 2),
        (variadic, True, 0, None),
        (one_and_more, True, 1, None),
        (keywords, True, 0, 0),
        (positional_only, True, 1, 1),
        (dict.update, True, 0, None),
    ],
)
def test_data_arguments_are_counted_behind_the_socket(
    function: Callable[..., Any], socket: bool, required: int, maximum: int | None
) -> None:
    found = read(function, "first")
    assert (found.socket, found.required, found.maximum, found.ack) == (
        socket,
        required,
        maximum,
        None,
    )


def ack_last(socket: Any, a: Any, ack: Ack) -> None: ...
def ack_first(ack: Ack, socket: Any, a: Any) -> None: ...
def ack_between(socket: Any, ack: Ack, a: Any) -> None: ...
def ack_keyword(socket: Any, *args: Any, ack: Ack) -> None: ...
def ack_behind_optional(socket: Any, a: Any = 1, ack: Ack | None = None) -> None: ...
def ack_before_more(socket: Any, a: Any, ack: Ack, *more: Any) -> None: ...
def ack_between_optional(socket: Any, a: Any = 1, ack: Ack | None = None, b: Any = 2) -> None: ...
def ack_only(ack: Ack) -> None: ...


@pytest.mark.parametrize(
    ("function", "place", "required", "maximum"),
    [
        (ack_last, 2, 1, 1),
        (ack_first, 0, 1, 1),
        (ack_between, 1, 1, 1),
        (ack_keyword, "ack", 0, None),
        (ack_behind_optional, "ack", 0, 1),
        (ack_before_more, 2, 1, None),
        (ack_between_optional, 2, 1, 2),
        (ack_only, 0, 0, 0),
    ],
)
def test_ack_has_a_place_and_does_not_count(
    function: Callable[..., Any], place: int | str, required: int, maximum: int | None
) -> None:
    found = read(function, "first")
    assert (found.ack, found.required, found.maximum) == (place, required, maximum)


def by_name(socket: Any, ack: "Ack") -> None: ...
def by_other_name(socket: Any, done: "Answer") -> None: ...
def by_path(socket: Any, ack: "nowhere.Ack") -> None: ...  # type: ignore[name-defined]  # noqa: F821
def in_optional(socket: Any, ack: Optional[Ack]) -> None: ...  # noqa: UP045 - the form under test
def in_annotated(socket: Any, ack: Annotated[Ack, "why"]) -> None: ...
def in_unresolvable_union(socket: Any, ack: "nowhere.Ack | None") -> None: ...  # type: ignore[name-defined]  # noqa: F821
def beside_unresolvable(socket: "User", a: "User", ack: Ack) -> None: ...


@pytest.mark.parametrize(
    ("function", "place"),
    [
        (by_name, 1),
        (by_other_name, None),
        (by_path, 1),
        (in_optional, 1),
        (in_annotated, 1),
        (in_unresolvable_union, 1),
        (beside_unresolvable, 2),
    ],
)
def test_ack_is_found_in_each_annotation_by_itself(
    function: Callable[..., Any], place: int | None
) -> None:
    assert read(function, "first").ack == place


def test_ack_is_found_through_an_enclosing_functions_name() -> None:
    class Enclosing:
        Reply: TypeAlias = Ack

    def handler(socket: Any, ack: "Enclosing.Reply") -> object:
        return Enclosing

    assert read(handler, "first").ack == 1


def with_socket(socket: Socket, text: str) -> None: ...
def with_typed_socket(socket: "Socket[User]", text: str) -> None: ...
def with_socket_by_name(socket: "elsewhere.Socket", text: str) -> None: ...  # type: ignore[name-defined]  # noqa: F821
def without_socket(text: str, more: str) -> None: ...
def with_socket_late(text: str, socket: Socket) -> None: ...
def with_ack_in_front(ack: Ack, socket: Socket) -> None: ...


@pytest.mark.parametrize(
    ("function", "socket", "required"),
    [
        (with_socket, True, 1),
        (with_typed_socket, True, 1),
        (with_socket_by_name, True, 1),
        (without_socket, False, 2),
        (with_socket_late, False, 2),
        (with_ack_in_front, True, 0),
    ],
)
def test_listener_of_a_socket_gets_it_when_its_first_parameter_says_so(
    function: Callable[..., Any], socket: bool, required: int
) -> None:
    found = read(function, "annotated")
    assert (found.socket, found.required) == (socket, required)


class Handlers:
    def method(self, socket: Socket, a: Any) -> None: ...

    @staticmethod
    def static(socket: Socket, a: Any) -> None: ...

    @classmethod
    def of_class(cls, socket: Socket, a: Any) -> None: ...

    def __call__(self, socket: Socket, a: Any) -> None: ...


def bound_first(prefix: str, socket: Socket, a: Any) -> None: ...
def bound_keyword(socket: Socket, a: Any, *, flag: bool) -> None: ...


@pytest.mark.parametrize(
    "function",
    [
        Handlers().method,
        Handlers.static,
        vars(Handlers)["static"],
        Handlers.of_class,
        Handlers(),
        functools.partial(bound_first, "x"),
        functools.partial(bound_keyword, flag=True),
        lambda socket, a: None,
    ],
    ids=str,
)
def test_every_kind_of_callable_is_read(function: Callable[..., Any]) -> None:
    found = read(function, "first")
    assert (found.socket, found.required, found.maximum) == (True, 1, 1)


def passing_on(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


def adding(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(socket: Any, *args: Any) -> Any:
        return function(socket, "added", *args)

    return wrapper


class Decorated:
    @passing_on
    def method(self, socket: Socket, a: Any, ack: Ack) -> None: ...


@pytest.mark.parametrize(
    "function",
    [
        passing_on(ack_last),
        passing_on(passing_on(ack_last)),
        functools.partial(passing_on(ack_last)),
        functools.lru_cache(ack_last),
        Decorated().method,
    ],
)
def test_wrapper_that_passes_everything_on_counts_as_what_it_wraps(
    function: Callable[..., Any],
) -> None:
    found = read(function, "first")
    assert (found.required, found.maximum, found.ack) == (1, 1, 2)


def test_wrapper_with_parameters_of_its_own_counts_by_those() -> None:
    found = read(adding(two), "first")
    assert (found.required, found.maximum) == (0, None)


async def coroutine(socket: Any) -> None: ...


class AsyncCallable:
    async def __call__(self, socket: Any) -> None: ...


@pytest.mark.parametrize(
    "function",
    [coroutine, AsyncCallable(), AsyncCallable().__call__, functools.partial(coroutine)],
)
def test_async_def_is_known_as_a_coroutine(function: Callable[..., Any]) -> None:
    assert read(function, "first").coroutine


def test_plain_wrapper_around_an_async_def_is_known_to_wrap_a_coroutine() -> None:
    found = read(passing_on(coroutine), "first")
    assert (found.coroutine, found.wraps_coroutine) == (False, True)


def two_acks(socket: Any, a: Ack, b: Ack) -> None: ...
def required_keyword(socket: Any, *, flag: bool) -> None: ...
def generator(socket: Any) -> Any:
    yield


async def async_generator(socket: Any) -> Any:
    yield


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (None, "callable"),
        ("handler", "callable"),
        (two_acks, "annotated Ack"),
        (required_keyword, "'flag'"),
        (functools.partial(two, a=1), "'b'"),
        (generator, "generator"),
        (async_generator, "generator"),
    ],
)
def test_what_cannot_be_called_is_refused(function: Any, why: str) -> None:
    with pytest.raises(TypeError, match=why):
        read(function, "first")


class Callbacks:
    def one(self, a: Any) -> None: ...
    def any(self, *args: Any) -> None: ...
    def __call__(self, a: Any, b: Any) -> None: ...


@functools.wraps(two)
def passes_all_on(*args: Any) -> None: ...


@pytest.mark.parametrize(
    ("function", "most"),
    [
        (none, 0),
        (two, 3),
        (optional, 3),
        (variadic, None),
        (one_and_more, None),
        (keywords, 1),
        (lambda a, b=1: None, 2),
        (Callbacks().one, 1),
        (Callbacks().any, None),
        (Callbacks(), 2),
        (passes_all_on, 3),
        (functools.partial(two, 1), 2),
        ([].append, 1),
        ({}.popitem, 0),
        (math.gcd, None),
        (math.floor, 1),
    ],
)
def test_callback_gets_so_many_arguments(function: Callable[..., Any], most: int | None) -> None:
    assert maximum(function) == most
    assert maximum(function) == most
