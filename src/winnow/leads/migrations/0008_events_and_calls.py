import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0007_mail_domain'),
    ]

    operations = [
        migrations.CreateModel(
            name='CallScript',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, unique=True)),
                ('opening', models.TextField(blank=True, default='', max_length=1000)),
                ('text', models.TextField(max_length=8000)),
                ('questions', models.JSONField(default=list)),
                ('active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'leads_callscript',
            },
        ),
        migrations.AddField(
            model_name='inquiry',
            name='transcript',
            field=models.TextField(blank=True, db_default='', default='', help_text='a whole chat or talk, as it was'),
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=60, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('place', models.CharField(blank=True, default='', max_length=120)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField()),
                ('staff', models.JSONField(default=list)),
                ('survey', models.TextField(blank=True, default='', help_text='the questions as they were written')),
                ('questions', models.JSONField(default=list)),
                ('giveaway', models.TextField(blank=True, default='', max_length=1000)),
                ('consent_text', models.TextField(blank=True, default='', max_length=2000)),
                ('consent_version', models.PositiveIntegerField(default=1)),
                ('closed_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
                ('campaign', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='leads.campaign')),
            ],
            options={
                'db_table': 'leads_event',
            },
        ),
        migrations.CreateModel(
            name='BoothDevice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('salt', models.CharField(max_length=16)),
                ('created_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(null=True)),
                ('seen_at', models.DateTimeField(null=True)),
                ('waiting', models.PositiveIntegerField(help_text='entries it said it still held', null=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='devices', to='leads.event')),
            ],
            options={
                'db_table': 'leads_boothdevice',
            },
        ),
        migrations.CreateModel(
            name='Badge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(db_collation='C', max_length=120)),
                ('fields', models.JSONField(default=dict)),
                ('at', models.DateTimeField()),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='badges', to='leads.event')),
            ],
            options={
                'db_table': 'leads_badge',
                'constraints': [models.UniqueConstraint(models.F('event'), models.F('code'), name='badge_once')],
            },
        ),
        migrations.CreateModel(
            name='Interview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('questions', models.JSONField(default=list)),
                ('place', models.CharField(blank=True, default='', max_length=60)),
                ('answers', models.JSONField(default=dict)),
                ('path', models.JSONField(default=list)),
                ('note', models.TextField(blank=True, default='')),
                ('inbound', models.BooleanField(default=False)),
                ('begun_at', models.DateTimeField()),
                ('talking_since', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='interviews', to='leads.person')),
                ('script', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='interviews', to='leads.callscript')),
            ],
            options={
                'db_table': 'leads_interview',
                'constraints': [models.UniqueConstraint(models.F('person'), models.F('script'), condition=models.Q(('ended_at', None)), name='interview_one_open')],
            },
        ),
    ]
