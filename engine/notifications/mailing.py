"""Notifications by mail: at least once each, under a lease, tried again when the server does not take it.

A mail's Message-ID is made of the notification's id, so that a mail box shows a repetition once. The text holds no
personal data, which notices never do, and no link where the desk's own address is not set; it is in the language that
the person chose last.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Final, TypeAlias

import structlog
from sqlalchemy import ColumnElement, Connection, Row, select, update

from engine.clock import Clock, from_microseconds, to_microseconds
from engine.config import MailServer
from engine.masking import mask_within
from engine.store.database import Database
from engine.store.tables import mail, notification, notification_choice, user

_log = structlog.get_logger(__name__)
_LEASE: Final = timedelta(minutes=2)
#: Below what a stop of the server waits for.
_TIMEOUT_SECONDS: Final = 8
#: Waits between tries; after the last one it is given up.
_WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
_BATCH: Final = 50
_PAGE: Final = 50
#: An old notification is no news any more: what waited so long behind a broken server is given up.
_STALE: Final = timedelta(days=2)
#: Language → subject, what stands where no link can, and the last line.
_WORDS: Final = {
    "zh": ("[客服流] 您有一条新通知", "请登录客服流查看。", "在“通知设置”中可以选择哪些事情用邮件告诉您。"),
    "en": (
        "[Kefuflow] You have a new notification",
        "Please log in to Kefuflow to see it.",
        "In “Notification settings” you can choose which events are told to you by mail.",
    ),
}

#: Hands mails to a server, one connection for all; gives what went wrong with each, None where nothing did.
Way: TypeAlias = Callable[[list[EmailMessage]], list[str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailTrouble:
    """A mail that has not gone, as administrators see it: neither what it says nor where it goes."""

    notification: int
    user: str
    user_name: str
    told_at: datetime
    attempts: int
    problem: str
    #: When it is tried again; None: it was given up.
    next_try_at: datetime | None


class Mailer:
    """Empties the mail's queue. Any number of processes may have one."""

    def __init__(self, db: Database, clock: Clock, server: MailServer, *, way: Way | None = None) -> None:
        self._db = db
        self._clock = clock
        self._server = server
        self._way = way or SmtpWay(server)

    def __call__(self) -> int:
        """Send what is due, once around; gives how many were tried."""
        taken = self._take()
        if taken:
            problems = self._way([self._message(row) for row in taken])
            self._settle(list(zip(taken, problems, strict=True)))
        return len(taken)

    def _take(self) -> list[Row[Any]]:
        """What is due and ours for the length of the lease."""
        now = self._clock.now()
        with self._db.read() as connection:
            due = _due(connection, to_microseconds(now))
        if not due:
            return []
        until = to_microseconds(now + _LEASE)
        with self._db.begin() as tx:
            return [
                row
                for row in due
                if tx.connection.execute(
                    update(mail)
                    .where(mail.c.notification == row.notification, mail.c.due_at == row.due_at, *_WAITS_FOR_US)
                    .values(due_at=until, attempts=mail.c.attempts + 1)
                ).rowcount  # else another process was faster
            ]

    def _settle(self, tried: list[tuple[Row[Any], str | None]]) -> None:
        now = self._clock.now()
        with self._db.begin() as tx:
            for row, problem in tried:
                values: dict[str, Any] = {"sent_at": to_microseconds(now), "problem": None}
                if problem is not None:
                    _log.warning("mail.failed", notification=row.notification, problem=problem)
                    values = _put_off(row, problem, now)
                tx.connection.execute(
                    update(mail).where(mail.c.notification == row.notification, mail.c.sent_at.is_(None)).values(values)
                )
                if problem is None:
                    told = notification.c.id == row.notification
                    tx.connection.execute(update(notification).where(told).values(mailed_at=to_microseconds(now)))

    def _message(self, row: Row[Any]) -> EmailMessage:
        message = EmailMessage()
        language = row.language if row.language in _WORDS else "zh"
        subject, without_link, last = _WORDS[language]
        message["Subject"] = subject
        message["From"] = self._server.sender
        message["To"] = row.address
        message["Date"] = format_datetime(from_microseconds(row.told_at))
        message["Message-ID"] = f"<kefuflow-{row.notification}-{row.told_at}@{self._server.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        link = f"\n{self._server.desk}/notifications/{row.notification}" if self._server.desk else without_link
        text = row.text_en if language == "en" and row.text_en else row.text
        message.set_content(f"{mask_within(text)}\n{link}\n\n{last}\n")
        return message


def _put_off(row: Row[Any], problem: str, now: datetime) -> dict[str, Any]:
    """Later, or given up after the last try or when it is no news any more."""
    tries = row.attempts + 1
    over = tries > len(_WAITS) or now - from_microseconds(row.told_at) > _STALE
    if over:
        return {"problem": problem, "given_up_at": to_microseconds(now)}
    return {"problem": problem, "due_at": to_microseconds(now + _WAITS[tries - 1])}


_WAITS_FOR_US: Final[tuple[ColumnElement[bool], ...]] = (mail.c.sent_at.is_(None), mail.c.given_up_at.is_(None))


def _due(connection: Connection, now: int) -> list[Row[Any]]:
    """Mails to be tried, with what they say; whoever has taken the address away gets none."""
    query = (
        select(
            mail,
            notification.c.text,
            notification.c.text_en,
            notification.c.told_at,
            notification_choice.c.address,
            user.c.language,
        )
        .join(notification, notification.c.id == mail.c.notification)
        .join(notification_choice, notification_choice.c.user == mail.c.user)
        .join(user, user.c.id == mail.c.user)
        .where(mail.c.due_at <= now, *_WAITS_FOR_US)
        .where(notification_choice.c.address.is_not(None), user.c.active == 1)
        .order_by(mail.c.due_at, mail.c.notification)
        .limit(_BATCH)
    )
    return list(connection.execute(query).all())


def list_troubled(connection: Connection, *, limit: int = _PAGE) -> tuple[MailTrouble, ...]:
    """The newest mails that could not be handed over, the newest first."""
    query = (
        select(mail, notification.c.told_at, user.c.name)
        .join(notification, notification.c.id == mail.c.notification)
        .outerjoin(user, user.c.id == mail.c.user)
        .where(mail.c.problem.is_not(None), mail.c.sent_at.is_(None))
        .order_by(mail.c.notification.desc())
        .limit(limit)
    )
    return tuple(
        MailTrouble(
            notification=row.notification,
            user=row.user,
            user_name=row.name or row.user,
            told_at=from_microseconds(row.told_at),
            attempts=row.attempts,
            problem=row.problem,
            next_try_at=None if row.given_up_at is not None else from_microseconds(row.due_at),
        )
        for row in connection.execute(query)
    )


class SmtpWay:
    """Hands mails to a server by SMTP: STARTTLS where it offers it, TLS from the first byte with smtps://."""

    def __init__(self, server: MailServer) -> None:
        self._server = server

    def __call__(self, messages: list[EmailMessage]) -> list[str | None]:
        """One connection for all; a mail that the server refuses keeps none of the others."""
        try:
            with self._connected() as smtp:
                return [self._send(smtp, message) for message in messages]
        except (OSError, smtplib.SMTPException) as problem:
            return [_said(problem)] * len(messages)

    def _connected(self) -> smtplib.SMTP:
        server, context = self._server, ssl.create_default_context()
        if server.tls:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=_TIMEOUT_SECONDS, context=context)
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT_SECONDS)
        try:
            smtp.ehlo_or_helo_if_needed()
            if not server.tls and smtp.has_extn("starttls"):
                smtp.starttls(context=context)
            if server.user is not None:
                smtp.login(server.user, server.password or "")
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _send(self, smtp: smtplib.SMTP, message: EmailMessage) -> str | None:
        try:
            smtp.send_message(message)
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPException as problem:
            return _said(problem)
        return None


def _said(problem: Exception) -> str:
    """What went wrong, for administrators: without addresses, which a server likes to repeat."""
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        codes = sorted({str(code) for code, _ in problem.recipients.values()})
        return f"the server refused the recipient ({', '.join(codes)})"
    if isinstance(problem, smtplib.SMTPResponseException):
        return f"{type(problem).__name__} {problem.smtp_code}"
    return (
        f"{type(problem).__name__}: {problem.strerror}"
        if isinstance(problem, OSError) and problem.strerror
        else (type(problem).__name__)
    )
