from django.db import migrations


class Migration(migrations.Migration):
    dependencies = []
    operations = [migrations.RunSQL("DELETE FROM members", reverse_sql=migrations.RunSQL.noop)]
