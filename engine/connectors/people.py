"""A connector that ends somebody's access, when people have decided it."""

from __future__ import annotations

from engine import accounts
from engine.connectors.context import JobContext
from engine.errors import JobFailed, NotFound
from engine.model import SYSTEM, Variables


def disable_account(job: JobContext) -> Variables:
    """Let the account of the input ``account`` log in no longer; its open sessions end. Twice is as once.

    Raises:
        JobFailed: there is no such account.
    """
    account = job.inputs.get("account")
    if not isinstance(account, str) or not account:
        raise JobFailed(f"{job.element} needs the input account", message_zh="停用账号缺少账号。")
    try:
        before = accounts.set_active(job.tx, account, False)
    except NotFound as problem:
        raise JobFailed(f"there is no account {account[:40]!r}", message_zh=f"没有账号“{account[:40]}”。") from problem
    value = {"user": account, "before": before, "after": False}
    accounts.record(job.tx, "user.activity_changed", value, actor=SYSTEM, at=job.now)
    return {}
