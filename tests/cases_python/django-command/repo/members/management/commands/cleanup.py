from django.core.management.base import BaseCommand

from shop.members.models import Member


class Command(BaseCommand):
    help = "Takes members without a plan out"

    def handle(self, *args, **options):
        Member.objects.filter(plan="none").delete()
