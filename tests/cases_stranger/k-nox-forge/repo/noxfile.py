import nox


@nox.session(python=False)
def rates(session):
    session.run("python", "-m", "tools.sync_rates", env={"CI": "true"})
