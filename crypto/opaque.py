"""Objects that hold something nobody may see by accident."""

from typing import Any, ClassVar, NoReturn


class Opaque:
    """Prints one fixed word; refuses to be tested, iterated or serialised; equal only to itself."""

    __slots__ = ()
    label: ClassVar[str] = "‹förseglat›"

    def __repr__(self) -> str:
        return self.label

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        # The specification is ignored: "{:>40}" must not be a way to an exception in a log line.
        return self.label

    def __dir__(self) -> list[str]:
        # What a debugger unfolds, and what inspect.getmembers reads.
        return []

    def __bool__(self) -> NoReturn:
        # "if value:" would tell an empty value from a filled one, or worse, be taken to do so.
        raise TypeError(f"{self.label} has no truth value")

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError(f"{self.label} cannot be serialised")

    def __getstate__(self) -> NoReturn:
        # Since Python 3.11 the inherited one would hand out the slots.
        raise TypeError(f"{self.label} cannot be serialised")

    # Immutable, so a copy is the thing itself; models and forms are copied by Django all the time.
    def __copy__(self) -> "Opaque":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "Opaque":
        return self

    __iter__: ClassVar[None] = None
    __contains__: ClassVar[None] = None
