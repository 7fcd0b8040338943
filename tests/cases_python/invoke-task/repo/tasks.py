from invoke import task


@task
def wipe(c):
    c.run("psql $DATABASE_URL -c 'DELETE FROM members'")
