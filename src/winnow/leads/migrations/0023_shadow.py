"""Drafts that run beside the version in force, and what they would decide."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0022_form_language'),
    ]

    operations = [
        migrations.CreateModel(
            name='Shadow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('swept_to', models.BigIntegerField(default=0)),
                ('swept_at', models.DateTimeField(null=True)),
                ('transaction', models.BigIntegerField(default=0)),
                ('followed_at', models.DateTimeField(null=True)),
                ('compared_at', models.DateTimeField(null=True)),
                ('definition', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shadows', to='leads.definition')),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'leads_shadow',
            },
        ),
        migrations.CreateModel(
            name='ShadowStanding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ready', models.BooleanField(default=False)),
                ('in_force', models.BooleanField(default=False)),
                ('differs_since', models.DateTimeField(null=True)),
                ('why', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), default=list, size=None)),
                ('rejudge_at', models.DateTimeField(null=True)),
                ('facts', models.BigIntegerField(default=0)),
                ('account', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leads.account')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leads.person')),
                ('shadow', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='standings', to='leads.shadow')),
            ],
            options={
                'db_table': 'leads_shadowstanding',
            },
        ),
        migrations.AddConstraint(
            model_name='shadow',
            constraint=models.UniqueConstraint(models.Value(1), condition=models.Q(('ended_at', None)), name='shadow_one_at_a_time'),
        ),
        migrations.AddIndex(
            model_name='shadowstanding',
            index=models.Index(models.F('shadow'), models.OrderBy(models.F('differs_since'), descending=True), condition=models.Q(('differs_since__isnull', False)), name='shadow_differs'),
        ),
        migrations.AddIndex(
            model_name='shadowstanding',
            index=models.Index(models.F('rejudge_at'), condition=models.Q(('rejudge_at__isnull', False)), name='shadow_rejudge'),
        ),
        migrations.AddConstraint(
            model_name='shadowstanding',
            constraint=models.UniqueConstraint(models.F('shadow'), models.F('account'), name='shadow_account_once'),
        ),
    ]
