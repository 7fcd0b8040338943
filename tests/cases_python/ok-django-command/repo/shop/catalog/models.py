from django.db import models


class Price(models.Model):
    code = models.TextField(primary_key=True)
    cents = models.IntegerField()

    class Meta:
        db_table = "prices"
