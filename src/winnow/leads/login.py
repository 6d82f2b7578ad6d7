"""Log-in tries, kept so that guessing is slow whichever process is asked. The answer never says whose try it was."""

from datetime import timedelta

from django.db import connection, models, transaction

from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.user import User

WINDOW = timedelta(minutes=15)
TRIES_PER_ADDRESS = 8
TRIES_PER_IP = 60
KEPT = timedelta(days=1)


class LoginTry(models.Model):
    """One try to log in. Failed ones count against their address and against where they came from."""

    email = models.CharField(max_length=254, db_collation="C")
    ip = models.CharField(max_length=45, db_collation="C")
    at = models.DateTimeField()
    passed = models.BooleanField(default=False)

    class Meta:
        db_table = "leads_logintry"
        indexes = [
            models.Index("email", "at", name="logintry_email"),
            models.Index("ip", "at", name="logintry_ip"),
            models.Index("at", name="logintry_at"),
        ]

    @classmethod
    def begin(cls, email: str, ip: str) -> "LoginTry | None":
        """Write the try down, then count: None when there were too many, also when they come all at once."""
        at = now()
        email = email.strip().lower()[:254]
        mine = cls.objects.create(email=email, ip=ip[:45], at=at)
        cls.objects.filter(at__lt=at - KEPT).delete()
        lately = cls.objects.filter(passed=False, at__gt=at - WINDOW, at__lte=at)
        if lately.filter(email=email).count() > TRIES_PER_ADDRESS or lately.filter(ip=mine.ip).count() > TRIES_PER_IP:
            mine.delete()  # who is made to wait doesn't make the waiting longer
            return None
        return mine

    def succeed(self) -> None:
        """The password was right: earlier failures of this address no longer count."""
        LoginTry.objects.filter(email=self.email, at__lte=self.at).update(passed=True)


def first_administrator(*, email: str, name: str, password: str, time_zone: str = "UTC") -> User:
    """Make the administrator of an empty instance. Refusal when there is anybody already, also a moment before."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE leads_user IN SHARE ROW EXCLUSIVE MODE")
        if User.objects.exists():
            raise Refusal("This instance has its administrator already; log in, or ask them to let you in.")
        user = User.objects.create_user(email, role="admin", name=name, password=password)
        user.time_zone = time_zone
        user.save(update_fields=["time_zone"])
        return user
