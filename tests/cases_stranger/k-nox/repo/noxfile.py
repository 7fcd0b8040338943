import nox


@nox.session
def clean(session: nox.Session) -> None:
    session.install("psycopg")
    session.run("psql", session.env.get("DATABASE_URL", ""), "-c", "DELETE FROM customers WHERE tier = 'trial'", external=True)
