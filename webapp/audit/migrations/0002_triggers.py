from django.db import migrations

from webapp.audit import triggers


class Migration(migrations.Migration):

    dependencies = [("audit", "0001_trail")]

    operations = [
        migrations.RunPython(
            lambda apps, editor: triggers.put_in(editor.connection),
            lambda apps, editor: triggers.take_out(editor.connection),
        ),
    ]
