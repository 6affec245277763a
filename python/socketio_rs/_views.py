"""Live, read-only views of what comes and goes by itself, under its names."""

from abc import abstractmethod
from collections.abc import Callable, Collection, ItemsView, Iterator, Mapping, ValuesView
from typing import TypeVar

V = TypeVar("V")


class View(Mapping[str, V]):
    """What there is at the moment: a class derived from it finds names, and what is there under one.

    Going over it takes the names of the moment; `items` and `values` leave out what has gone when its
    turn comes.
    """

    @abstractmethod
    def _names(self) -> Collection[str]:
        """The names of the moment."""

    @abstractmethod
    def _find(self, name: str) -> V | None:
        """What is there under a name; None: nothing."""

    def __getitem__(self, name: object) -> V:
        found = self._find(name) if isinstance(name, str) else None
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    def items(self) -> ItemsView[str, V]:
        """The names with what is there under them."""
        return _Items(self, self._found)

    def values(self) -> ValuesView[V]:
        """What is there."""
        return _Values(self, self._found)

    def _found(self) -> Iterator[tuple[str, V]]:
        for name in self._names():
            found = self._find(name)
            if found is not None:
                yield name, found

    def __repr__(self) -> str:
        return repr(dict(self._found()))


class _Items(ItemsView[str, V]):
    def __init__(self, view: View[V], find: Callable[[], Iterator[tuple[str, V]]]) -> None:
        super().__init__(view)
        self._find = find

    def __iter__(self) -> Iterator[tuple[str, V]]:
        return self._find()


class _Values(ValuesView[V]):
    def __init__(self, view: View[V], find: Callable[[], Iterator[tuple[str, V]]]) -> None:
        super().__init__(view)
        self._find = find

    def __iter__(self) -> Iterator[V]:
        return (value for _, value in self._find())
