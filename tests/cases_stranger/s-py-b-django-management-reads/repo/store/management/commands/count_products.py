from django.core.management.base import BaseCommand

from store.models import Product


class Command(BaseCommand):
    def handle(self, *args, **options):
        for product in Product.objects.filter(active=True).order_by("name"):
            self.stdout.write(f"{product.name}: {product.price}")
        self.stdout.write(str(Product.objects.count()))
