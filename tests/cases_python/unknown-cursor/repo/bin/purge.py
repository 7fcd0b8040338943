from psycopg import errors
from toolbox import warehouse

print(errors.UniqueViolation)
client = warehouse.open_client()
client.execute("DELETE FROM members")
