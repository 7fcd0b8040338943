from pathlib import Path

import environ

env = environ.Env(DEBUG=(bool, False))
BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = env("SECRET_KEY")
DEBUG = env("DEBUG")
INSTALLED_APPS = ["django.contrib.admin", "django.contrib.auth", "store"]
DATABASES = {"default": env.db("DATABASE_URL")}
ROOT_URLCONF = "config.urls"
