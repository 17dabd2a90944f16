"""What people are told in the page: written in the transaction of what happened, read in the bell of every page."""

from engine.notifications.choices import Choice, read_choice, save_choice
from engine.notifications.mailing import Mailer, MailTrouble, list_troubled
from engine.notifications.reading import (
    MOST_COUNTED,
    Bell,
    Notification,
    NotificationPage,
    count_unread,
    mark_read,
    open_one,
    read_bell,
    read_page,
)
from engine.notifications.sentences import (
    Fact,
    Said,
    said_day,
    said_group,
    said_list,
    said_reason,
    said_time,
    say,
)
from engine.notifications.telling import Notice, Occasion, members_of, tell

__all__ = [
    "MOST_COUNTED",
    "Bell",
    "Choice",
    "Fact",
    "MailTrouble",
    "Mailer",
    "Notice",
    "Notification",
    "NotificationPage",
    "Occasion",
    "Said",
    "count_unread",
    "list_troubled",
    "mark_read",
    "members_of",
    "open_one",
    "read_bell",
    "read_choice",
    "read_page",
    "said_day",
    "said_group",
    "said_list",
    "said_reason",
    "said_time",
    "save_choice",
    "say",
    "tell",
]
