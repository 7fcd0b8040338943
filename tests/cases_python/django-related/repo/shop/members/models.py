from django.db import models


class Member(models.Model):
    plan = models.CharField(max_length=8)
