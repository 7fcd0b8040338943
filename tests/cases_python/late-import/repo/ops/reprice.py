from ops.db import connection
from ops.checks import only_in_ci, right_database

only_in_ci("reprice")
right_database("prod")
connection.execute("UPDATE prices SET cents = 1 WHERE code = 'tea'")
