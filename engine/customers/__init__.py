"""The customer archive: who buys, who has called, who is asked afterwards, and the papers that are kept (P25).

For other packages: ``glance`` and ``profile`` of a customer, ``address_of`` for texts, and the look ``KeepingUp``.
"""

from engine.customers.keeping_up import KeepingUp, keep_up
from engine.customers.profile import Glance, Profile, glance, profile
from engine.customers.words import may_edit, may_read, reads_papers
from engine.outbox import address_of

__all__ = [
    "Glance",
    "KeepingUp",
    "Profile",
    "address_of",
    "glance",
    "keep_up",
    "may_edit",
    "may_read",
    "profile",
    "reads_papers",
]
