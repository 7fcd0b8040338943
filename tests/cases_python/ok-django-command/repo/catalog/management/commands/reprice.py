from django.core.management.base import BaseCommand

from ops.checks import only_in_ci, right_database
from shop.catalog.models import Price


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--code")

    def handle(self, *args, **options):
        only_in_ci("reprice")
        right_database("prod")
        Price.objects.filter(code=options["code"]).update(cents=1)
