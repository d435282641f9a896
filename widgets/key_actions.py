"""What the keys of a widget do, for widgets that act on them in the order they were typed."""

from collections.abc import Iterable, Mapping

from textual.binding import Binding, BindingType


def actions_by_key(bindings: Iterable[BindingType]) -> Mapping[str, str]:
    """Return the actions of bindings, by key.

    A binding acts only after its key has bubbled up to the application; by then keys typed later are in the text
    already, and Ctrl+U would take them too.
    """
    found = (binding for binding in bindings if isinstance(binding, Binding))
    return {key.strip(): binding.action for binding in found for key in binding.key.split(",")}
