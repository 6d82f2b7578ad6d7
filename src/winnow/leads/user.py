"""Users: the people of the firm. Signing right is a flag, never a role by itself."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

ROLES = {
    "marketing": "Marketing",
    "development": "Lead development",
    "rep": "Sales rep",
    "manager": "Sales manager",
    "executive": "Executive",
    "admin": "Administrator",
}


class UserManager(BaseUserManager):
    """Makes users; addresses are kept in lower case."""

    def create_user(
        self, email: str, *, role: str, name: str = "", password: str | None = None, may_sign_for: str = ""
    ) -> "User":
        """A new user. ValueError names a role that there is not."""
        if role not in ROLES:
            raise ValueError(f"There is no role {role!r}; the roles are {', '.join(ROLES)}.")
        email = email.strip().lower()
        user = self.model(email=email, role=role, name=name or email.partition("@")[0], may_sign_for=may_sign_for)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str) -> "User":
        """Log-in is by address, in any case."""
        return self.get(email=username.strip().lower())


class User(AbstractBaseUser):
    """Somebody who works with Winnow. `may_sign_for` is marketing, sales or empty."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=20, choices=list(ROLES.items()))
    may_sign_for = models.CharField(
        max_length=20, blank=True, choices=[("marketing", "marketing"), ("sales", "sales")], default=""
    )
    team = models.CharField(max_length=60, blank=True, default="")
    time_zone = models.CharField(max_length=60, default="UTC")
    capacity = models.PositiveIntegerField(default=40, help_text="open leads that this rep can work at once")
    external_name = models.CharField(max_length=120, blank=True, default="", db_index=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["role"]
    objects = UserManager()

    class Meta:
        db_table = "leads_user"
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=list(ROLES)), name="user_role_known"),
            models.CheckConstraint(
                condition=models.Q(may_sign_for__in=["", "marketing", "sales"]), name="user_signs_for_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def named(cls, wanted: set[str]) -> dict[str, int]:
        """Users by the name that another system has for them, by their own name, or by address: the word -> id."""
        if not wanted:
            return {}
        found = cls.objects.filter(
            models.Q(external_name__in=wanted) | models.Q(name__in=wanted)
            | models.Q(email__in=[word.lower() for word in wanted])
        )
        return {key: user.pk for user in found for key in (user.email, user.name, user.external_name) if key}

    @property
    def initials(self) -> str:
        """Two letters for the disc in the corner."""
        words = [word for word in self.name.replace(".", " ").split() if word]
        letters = [words[0][0], words[-1][0]] if len(words) > 1 else [self.name[:2] or "?"]
        return "".join(letters).upper()

    @property
    def sees_all(self) -> bool:
        """Whether the role sees every record; a rep sees own records only."""
        return self.is_active and self.role in ("marketing", "development", "manager", "executive", "admin")
