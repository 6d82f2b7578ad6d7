"""The one Django app: all tables and their verbs."""

from django.apps import AppConfig


class LeadsConfig(AppConfig):
    """All tables of Winnow live under the label `leads`."""

    name = "winnow.leads"
    label = "leads"
    default_auto_field = "django.db.models.BigAutoField"
