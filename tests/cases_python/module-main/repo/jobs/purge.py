import os
import psycopg


def main():
    with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
        conn.execute("DELETE FROM members")


if __name__ == "__main__":
    main()
