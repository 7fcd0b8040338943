from django.db import models


class MemberQuerySet(models.QuerySet):
    def idle(self):
        return self.filter(plan="idle")


class Member(models.Model):
    plan = models.CharField(max_length=8)
    objects = models.Manager.from_queryset(MemberQuerySet)()
