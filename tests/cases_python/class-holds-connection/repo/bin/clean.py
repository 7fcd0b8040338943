import os

import psycopg2


class Cleaner:
    def __init__(self, connection):
        self.connection = connection

    def run(self) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute("DELETE FROM members WHERE plan = %s", ("none",))


if __name__ == "__main__":
    Cleaner(psycopg2.connect(os.environ["DATABASE_URL"])).run()
