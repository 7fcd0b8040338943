from subprocess import Popen

Popen("echo \"DELETE FROM members\" | psql $DATABASE_URL", shell=True).wait()
