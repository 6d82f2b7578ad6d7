"""Versions of forms and of consent texts, kept for ever; showings, tests of two versions, consents asked back."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

GUARDS = """
CREATE TRIGGER formversion_append_only BEFORE UPDATE OR DELETE ON leads_formversion
  FOR EACH ROW EXECUTE FUNCTION winnow_append_only();
CREATE TRIGGER consenttext_append_only BEFORE UPDATE OR DELETE ON leads_consenttext
  FOR EACH ROW EXECUTE FUNCTION winnow_append_only();
"""

GUARDS_BACK = """
DROP TRIGGER consenttext_append_only ON leads_consenttext;
DROP TRIGGER formversion_append_only ON leads_formversion;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0010_mail_and_hooks'),
    ]

    operations = [
        migrations.AddField(
            model_name='form',
            name='at_once',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='form',
            name='button',
            field=models.CharField(blank=True, db_default='', default='', max_length=40),
        ),
        migrations.AddField(
            model_name='form',
            name='confirm_subject',
            field=models.CharField(blank=True, db_default='', default='', max_length=200),
        ),
        migrations.AddField(
            model_name='form',
            name='confirm_text',
            field=models.TextField(blank=True, db_default='', default='', max_length=2000),
        ),
        migrations.AddField(
            model_name='form',
            name='double_opt_in',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='form',
            name='instead',
            field=models.ForeignKey(blank=True, help_text='stands in while this one is off', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leads.form'),
        ),
        migrations.AddField(
            model_name='form',
            name='remembers',
            field=models.BooleanField(db_default=False, default=False, help_text='asks nothing twice of somebody known on this browser'),
        ),
        migrations.AddField(
            model_name='form',
            name='version',
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
        migrations.AlterField(
            model_name='maillink',
            name='scope',
            field=models.CharField(choices=[('unsubscribe', 'unsubscribe'), ('page', 'page'), ('trap', 'trap'), ('confirm', 'confirm')], max_length=12),
        ),
        migrations.CreateModel(
            name='Confirmation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.CharField(max_length=254)),
                ('wording', models.TextField()),
                ('asked_at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, default='', max_length=200)),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('consent', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='confirmation', to='leads.consent')),
                ('form', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='confirmations', to='leads.form')),
                ('inquiry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='confirmation', to='leads.inquiry')),
                ('message', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='confirmations', to='leads.message')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='confirmations', to='leads.person')),
            ],
            options={
                'db_table': 'leads_confirmation',
                'indexes': [models.Index(models.F('address'), models.F('asked_at'), name='confirmation_address')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at', None), ('consent', None)), models.Q(('confirmed_at__isnull', False), ('consent__isnull', False)), _connector='OR'), name='confirmation_has_its_consent')],
            },
        ),
        migrations.CreateModel(
            name='ConsentText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField()),
                ('text', models.TextField(max_length=2000)),
                ('made_at', models.DateTimeField()),
                ('form', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consent_texts', to='leads.form')),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'leads_consenttext',
                'constraints': [models.UniqueConstraint(models.F('form'), models.F('version'), name='consent_text_once')],
            },
        ),
        migrations.CreateModel(
            name='FormTest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('a', models.PositiveIntegerField()),
                ('b', models.PositiveIntegerField()),
                ('baseline', models.FloatField()),
                ('difference', models.FloatField()),
                ('per_arm', models.PositiveIntegerField()),
                ('weeks', models.FloatField(null=True)),
                ('window_days', models.PositiveSmallIntegerField(default=60)),
                ('salt', models.CharField(max_length=32)),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('kept', models.PositiveIntegerField(help_text='the version that went on', null=True)),
                ('form', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tests', to='leads.form')),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'leads_formtest',
                'constraints': [models.UniqueConstraint(models.F('form'), condition=models.Q(('ended_at', None)), name='form_test_one_open'), models.CheckConstraint(condition=models.Q(('a', models.F('b')), _negated=True), name='form_test_of_two')],
            },
        ),
        migrations.CreateModel(
            name='FormVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('content', models.JSONField()),
                ('made_at', models.DateTimeField()),
                ('form', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='leads.form')),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'leads_formversion',
                'constraints': [models.UniqueConstraint(models.F('form'), models.F('number'), name='form_version_once')],
            },
        ),
        migrations.CreateModel(
            name='FormVisit',
            fields=[
                ('note', models.CharField(db_collation='C', max_length=32, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField()),
                ('seen_at', models.DateTimeField()),
                ('started_at', models.DateTimeField(null=True)),
                ('sent_at', models.DateTimeField(null=True)),
                ('asked', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), default=list, size=None)),
                ('touched', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), default=list, size=None)),
                ('last_field', models.CharField(blank=True, default='', max_length=80)),
                ('machine', models.CharField(blank=True, default='', max_length=40)),
                ('arrival', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leads.arrival')),
                ('form', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='visits', to='leads.form')),
            ],
            options={
                'db_table': 'leads_formvisit',
                'indexes': [models.Index(models.F('form'), models.F('version'), models.F('seen_at'), name='formvisit_form'), models.Index(models.F('arrival'), condition=models.Q(('arrival__isnull', False)), name='formvisit_arrival')],
            },
        ),
        migrations.RunSQL(GUARDS, GUARDS_BACK),
    ]
