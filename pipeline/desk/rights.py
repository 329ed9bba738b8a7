"""Who may use which route: each that changes something names its right, and without one nobody may use it."""

from collections.abc import Callable
from typing import Any, TypeVar

from starlette.requests import Request

from pipeline.desk.here import Forbidden, visit
from pipeline.desk.safety import READING
from pipeline.masks import hidden
from pipeline.users import RIGHTS

F = TypeVar("F", bound=Callable[..., object])


def needs(right: str) -> Callable[[F], F]:
    """Declare the right that a route needs, one of `pipeline.users.RIGHTS`; stands under the route's own decorator."""
    assert right in RIGHTS, right

    def marked(endpoint: F) -> F:
        """Return the endpoint, with its right on it."""
        endpoint.right = right  # type: ignore[attr-defined]
        return endpoint

    return marked


def right_of(endpoint: object, method: str) -> str:
    """Return the right that a route needs; one that only reads needs `read` unless it says more. Empty: nobody has it."""
    right: str = getattr(endpoint, "right", "read" if method in READING else "")
    return right


def demand(request: Request, right: str) -> None:
    """Raise Forbidden unless the visitor has the right: for a route where it depends on what is asked for."""
    if not visit(request).may(right):
        raise Forbidden(RIGHTS.get(right, ""))


def readable(request: Request, face: Any) -> Any:
    """Return JSON as the visitor may read it: with the numbers of persons in its texts for who has the right `exact`, else without, as on pages."""
    return face if visit(request).may("exact") else hidden(face)


def demand_role(request: Request, role: str) -> None:
    """Raise Forbidden unless the visitor has the role or a greater one: for a table that names roles itself."""
    if not visit(request).is_at_least(role):
        raise Forbidden(role)


async def rightly(request: Request) -> None:
    """Raise Forbidden unless the visitor may use the route; a dependency of all routes. Who has not logged in got here only on public ones."""
    one = visit(request)
    if one.user is None and not one.is_open:
        return
    right = right_of(request.scope.get("endpoint"), request.method)
    request.state.right = right
    demand(request, right)
