"""What goes wrong becomes a page that says what happened and what to do, with the right status."""

from __future__ import annotations

import re

import structlog
from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError, RequestEntityTooLarge
from werkzeug.exceptions import NotFound as NoSuchPage
from werkzeug.wrappers import Response

from engine.errors import (
    DefinitionRefused,
    DuplicateSubmission,
    EngineError,
    FourEyes,
    NotAllowed,
    NotFound,
    StaleInstance,
    StepError,
    StorageUnavailable,
    TaskNotOpen,
)
from web import draft_tokens
from web.i18n import english, gettext
from web.terms import term

Answer = tuple[str, int]
_log = structlog.get_logger()
#: A word of the language, and no name of an element or a variable.
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*(?:[ ,;]|$)")
_CHINESE = re.compile("[\u3400-\u9fff]")
_ENDED = re.compile(r"[.!?。…][\"'”’)]*$")


def sentence(error: EngineError) -> str:
    """The sentence for the person, in the page's language."""
    if not english():
        return error.message_zh
    known = term(error.message_zh)
    of_the_catalogue = known != error.message_zh and not _CHINESE.search(known)
    return in_english(known if of_the_catalogue else error.sentence_en)


def in_english(said: str) -> str:
    """An English text of the engine as a sentence: a capital and a stop, but names at its beginning stay."""
    begins_with_a_word = _WORD.match(said) is not None
    return (said[:1].upper() + said[1:] if begins_with_a_word else said) + ("" if _ENDED.search(said) else ".")


def page(status: int, title: str, text: str) -> Answer:
    """The error page (or, inside a live fragment, a note with the same words)."""
    template = "errors/note.html" if "HX-Request" in request.headers else "errors/page.html"
    return render_template(template, status=status, title=title, text=text), status


def install(app: Flask) -> None:
    """Map the tree of errors onto HTTP."""
    for missing in (NotFound, NotAllowed, NoSuchPage):
        app.register_error_handler(missing, _not_found)
    for conflict in (TaskNotOpen, DuplicateSubmission, StaleInstance, StepError):
        app.register_error_handler(conflict, _conflict)
    app.register_error_handler(FourEyes, _four_eyes)
    app.register_error_handler(StorageUnavailable, _unavailable)
    app.register_error_handler(DefinitionRefused, _refused)
    app.register_error_handler(EngineError, _engine_error)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(RateLimitExceeded, _too_many)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(InternalServerError, _broken)


def _not_found(error: Exception) -> Answer:
    text = gettext("没有这个页面或对象,或者它不属于您的岗位。请检查地址,或从菜单进入。")
    if isinstance(error, NotAllowed) and error.message_zh != NotAllowed.message_zh:
        text = sentence(error)  # the person sees the object and must know the reason
    return page(404, gettext("没有找到"), text)


def _four_eyes(error: FourEyes) -> Answer:
    return page(403, gettext("须由另一位同事办理"), sentence(error))


def _unavailable(error: StorageUnavailable) -> ResponseReturnValue:
    _log.error("storage unavailable", route=request.endpoint, problem=str(error))
    text = gettext(
        "磁盘已满,或数据库正被占用。您的内容没有保存,页面仍可查看;请稍候再提交一次,如果仍然出现,请告诉系统管理员。"
    )
    return *page(503, gettext("暂时不能保存"), text), {"Retry-After": "10"}


def _conflict(error: EngineError) -> Answer:
    return page(409, gettext("没有保存"), sentence(error))


def _refused(error: DefinitionRefused) -> Answer:
    return page(422, gettext("不能发布"), sentence(error))


def _engine_error(error: EngineError) -> Answer:
    _log.error("request failed", code=error.code, route=request.endpoint, problem=str(error))
    return page(422, gettext("没有完成"), sentence(error))


def _csrf(_: CSRFError) -> ResponseReturnValue:
    if not current_user.is_authenticated and draft_tokens.is_kept():  # the session has gone, and its token with it
        return redirect(url_for("login.again"), code=307)
    return page(
        400,
        gettext("页面已过期"),
        gettext("为防止他人冒用您的身份,过期的页面不能提交。请返回上一页,刷新后再提交一次。"),
    )


def _too_large(_: RequestEntityTooLarge) -> Answer:
    text = gettext("一次提交的内容超过上限。单个文件最大 2 MB,请减小后再上传。")
    if request.endpoint in ("files.upload", "desk.complete", "start.submit"):
        text = gettext("一次提交的内容超过上限。每个文件最大 10 MB,最多 9 个,请减少后再提交。")
    return page(413, gettext("内容过大"), text)


def _too_many(error: RateLimitExceeded) -> Answer:
    return page(429, gettext("请稍候再试"), gettext("尝试次数过多。请过一分钟再试。"))


def _http(error: HTTPException) -> Answer | Response:
    status = error.code or 500
    if status < 400:
        return error.get_response()  # the router's own redirect to the address with a slash
    return page(status, gettext("无法处理这个请求"), gettext("请返回上一页再试一次;如果仍然出现,请告诉系统管理员。"))


def _broken(_: InternalServerError) -> Answer:
    return page(
        500, gettext("系统出错了"), gettext("您的内容没有保存。请再试一次;如果仍然出现,请告诉系统管理员发生的时间。")
    )
