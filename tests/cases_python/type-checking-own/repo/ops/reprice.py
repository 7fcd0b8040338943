TYPE_CHECKING = True

if TYPE_CHECKING:
    from ops.db import CONNECTION

from ops.checks import only_in_ci, right_database

only_in_ci("reprice")
right_database("prod")

CONNECTION.execute("UPDATE prices SET cents = 1, since = now()")
