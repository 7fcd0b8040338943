import subprocess
import sys

def run(*args):
    subprocess.run([sys.executable, "manage.py", *args], check=True)

if __name__ == "__main__":
    run("collectstatic", "--noinput")
    run("migrate", "--noinput")
