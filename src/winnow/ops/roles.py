"""The roles and sides that the command line offers, known before Django is set up."""

ROLES = ("marketing", "development", "rep", "manager", "executive", "admin")
SIDES = ("marketing", "sales")
