from django.db import migrations


class Migration(migrations.Migration):
    dependencies = []
    operations = [migrations.DeleteModel(name="Gone")]
