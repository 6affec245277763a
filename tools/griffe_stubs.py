"""For the site of the documentation: a function that a stub has in overloads alone is shown too."""

from typing import Any

import griffe


class Overloads(griffe.Extension):
    """Makes the last of a stub's overloads, which has the docstring, the function itself."""

    def on_class(self, *, cls: griffe.Class, **_: Any) -> None:
        """Looks at each class once all its members are known."""
        for name, overloads in cls.overloads.items():
            if name not in cls.members:
                function = overloads[-1]
                function.overloads = overloads
                cls.set_member(name, function)
