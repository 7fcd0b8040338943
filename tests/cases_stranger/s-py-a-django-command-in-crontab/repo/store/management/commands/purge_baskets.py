from datetime import timedelta

from django.core.management.base import BaseCommand
from django.utils import timezone

from store.models import Basket


class Command(BaseCommand):
    help = "Remove baskets nobody touched"

    def add_arguments(self, parser):
        parser.add_argument("--days", type=int, default=30)

    def handle(self, *args, **options):
        limit = timezone.now() - timedelta(days=options["days"])
        deleted, _ = Basket.objects.filter(updated_at__lt=limit).delete()
        self.stdout.write(self.style.SUCCESS(f"{deleted} baskets"))
