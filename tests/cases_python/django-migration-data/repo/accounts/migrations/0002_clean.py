from django.db import migrations


def forwards(apps, schema_editor):
    Member = apps.get_model("accounts", "Member")
    Member.objects.filter(plan="idle").delete()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
