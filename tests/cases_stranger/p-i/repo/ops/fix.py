import os
import psycopg
def main():
    psycopg.connect(os.environ["DATABASE_URL"]).execute("DELETE FROM customers")
if __name__ == "__main__":
    main()
