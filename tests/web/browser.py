"""A person at a browser without scripts: logs in, follows addresses, posts forms."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from engine import accounts
from web import parts_of
from web.sessions import CONFIRMED, SINCE, now

PASSWORD = "correct horse"
#: Account → (name, group).
PEOPLE = {
    "lin": ("林晓梅", "presales"),
    "wang": ("王立新", "aftersales"),
    "sun": ("孙美", "aftersales"),
    "chen": ("陈静", "supervisor"),
    "zhao": ("赵刚", "dept_manager"),
    "cang": ("仓库小赵", "warehouse"),
    "qian": ("小钱", "finance"),
    "kuai": ("快递小孙", "courier"),
    "zhou": ("周流程", "process_owner"),
    "zheng": ("郑审计", "auditor"),
    "admin": ("管理员", "admin"),
    "he": ("何师傅", "technician"),
    "yun": ("运营小云", "operations"),
}
INQUIRY = {
    "order_id": "SO-1001",
    "customer_id": "C-8812",
    "channel": "marketplace",
    "shop": "旗舰店",
    "description": "包裹三天没动了",
    "waybill_no": "YT1",
    "courier": "圆通",
    "order_amount": "199.00",
}
#: A parcel that has stood still for 52 hours.
STALLED = {"hours_since_update": "52", "last_location": "杭州", "stuck_in_region": "false", "customer_urges": "true"}


class Browser:
    """One person's session."""

    def __init__(self, app: Flask, user_id: str) -> None:
        self.app = app
        self.client = app.test_client()
        epoch = accounts.get(parts_of(app).db, user_id).session_epoch
        with self.client.session_transaction() as session:  # as log-in leaves it, without the work of its hash
            session["_user_id"] = f"{epoch}:{user_id}"
            session[SINCE] = session[CONFIRMED] = now()

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        return self.client.post(path, data=data or {}, **options)

    def upload(self, path: str, files: dict[str, bytes]) -> TestResponse:
        """Send files as a browser does."""
        parts = [
            b'--cut\r\nContent-Disposition: form-data; name="files"; filename="%s"\r\n\r\n%s\r\n'
            % (name.encode(), content)
            for name, content in files.items()
        ]
        body = b"".join(parts) + b"--cut--\r\n"
        return self.client.post(path, data=body, content_type="multipart/form-data; boundary=cut")

    def start_inquiry(self, **changed: str) -> str:
        """Start a courier query; gives its case id."""
        answer = self.post("/start/p10_courier_query", INQUIRY | changed)
        assert answer.status_code == 303, answer.text
        return answer.location.rsplit("/", 1)[-1]

    def open_task(self, case_id: str) -> int:
        """The id of the case's open user task."""
        parts = parts_of(self.app)
        tasks = parts.queries.case(case_id, accounts.get(parts.db, "chen").actor).tasks
        (found,) = [task.id for task in tasks if task.status == "open"]
        return found
