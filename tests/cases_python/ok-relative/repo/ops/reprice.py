from . import settings
from .checks import only_in_ci, right_database

only_in_ci("reprice")
right_database("prod")

import psycopg  # noqa: E402

with psycopg.connect(settings.URL) as conn:
    conn.execute("UPDATE prices SET cents = 1 WHERE code = 'tea'")
