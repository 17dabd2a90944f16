"""Makes the Flask application: configuration, guards, subjects."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from flask import Flask, request
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from werkzeug.middleware.proxy_fix import ProxyFix

from engine import accounts, config
from engine.access import GROUPS
from engine.clock import Clock
from engine.demo import PASSWORD
from engine.errors import ConfigurationError
from engine.store.database import Database
from web import (
    account,
    admin,
    appraisals,
    audit,
    audit_tabs,
    board,
    bundle,
    calendar,
    call_cases,
    calls,
    case_events,
    case_print,
    case_repairs,
    case_results,
    cases,
    comments,
    conduct,
    customers,
    desk,
    documents,
    drafts,
    duties,
    errors,
    eventlogs,
    exceptions,
    feedback,
    files,
    flag_notes,
    handover,
    identity,
    inbox,
    inquiries,
    inspection,
    kpi,
    kpi_import,
    kpi_rows,
    kpi_rules,
    kpi_sheets,
    links,
    login,
    lookups,
    message_templates,
    metrics,
    moving_clock,
    narrative,
    navigation,
    notes,
    notifications,
    outbox,
    policy,
    preferences,
    probes,
    promises,
    proofs,
    quality,
    quality_drafts,
    registers,
    repairs,
    replay,
    reports,
    request_log,
    retention,
    reveal,
    roster,
    roster_absences,
    saved_filters,
    script_changes,
    script_proposals,
    scripts,
    search,
    second_factor,
    security,
    shop_settings,
    start,
    studio,
    survey,
    system_record,
    talk,
    teams,
    terms,
    transfers,
    visits,
    wiring,
    wording_lists,
)
from web import format as words
from web.i18n import english

_SUBJECTS = (
    login,
    preferences,
    inbox,
    saved_filters,
    desk,
    cases,
    case_events,
    case_repairs,
    repairs,
    search,
    start,
    studio,
    audit,
    inspection,
    eventlogs,
    narrative,
    policy,
    proofs,
    system_record,
    replay,
    retention,
    board,
    calendar,
    admin,
    account,
    second_factor,
    moving_clock,
    files,
    drafts,
    reveal,
    case_print,
    registers,
    outbox,
    message_templates,
    lookups,
    scripts,
    script_changes,
    script_proposals,
    wording_lists,
    flag_notes,
    shop_settings,
    customers,
    calls,
    call_cases,
    visits,
    documents,
    case_results,
    kpi,
    kpi_rows,
    kpi_sheets,
    kpi_import,
    kpi_rules,
    comments,
    promises,
    inquiries,
    exceptions,
    notifications,
    transfers,
    handover,
    roster,
    roster_absences,
    duties,
    conduct,
    teams,
    quality,
    quality_drafts,
    reports,
    feedback,
    appraisals,
    survey,
    probes,
    metrics,
)


_PARTS = (
    request_log,
    metrics,
    login,
    security,
    errors,
    preferences,
    identity,
    words,
    terms,
    notes,
    bundle,
    talk,
    notifications,
    audit_tabs,
)


def create_app(
    *,
    database_url: str,
    demo: bool = False,
    virtual_clock: bool = False,
    start_worker: bool = False,
    secondary: bool = False,
    clock: Clock | None = None,
    **overrides: Any,
) -> Flask:
    """The application on a database whose schema is in place.

    Args:
        database_url: SQLAlchemy URL of the database.
        demo: demonstration accounts may log in and are offered on the log-in page.
        virtual_clock: the clock stands still until somebody moves it on the page.
        start_worker: start the thread that does due jobs; ``parts_of(app).worker.stop()`` ends it.
        secondary: another program serves this database and does what is nobody's request; here only jobs are done.
        clock: given by tests in place of both.
        overrides: settings of Flask, for tests.

    Raises:
        ConfigurationError: demonstration accounts are active and ``demo`` is false.
    """
    app = Flask("web")
    settings = replace(config.Settings.from_env(), database_url=database_url)
    built = wiring.build(settings, clock=clock, virtual=virtual_clock, demo=demo, secondary=secondary)
    if not demo:
        refuse_demo_accounts(built.db)
    app.config.update(
        SECRET_KEY=config.secret_beside(built.db.file),
        SESSION_COOKIE_SECURE=settings.behind_tls,
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as its session; the desk is open all day
        KEFUFLOW_DEMO_PASSWORD=PASSWORD,
        KEFUFLOW_METRICS_TOKEN=settings.metrics_token,
        KEFUFLOW_MIN_FREE_MB=settings.min_free_mb,
        KEFUFLOW_IDLE_SECONDS=settings.idle_minutes * 60,
        KEFUFLOW_SECOND_FACTOR=settings.second_factor,
    )
    app.config.update(overrides)
    app.url_map.converters["int"] = links.Number
    app.url_map.merge_slashes = False  # its redirect would name whatever host the request names
    if settings.behind_tls:  # one web server stands in front, and nobody else can reach us
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]  # as Flask documents
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    wiring.install(app, built)
    for part in _PARTS:
        part.install(app)
    for subject in _SUBJECTS:
        app.register_blueprint(subject.bp)
    app.jinja_env.filters["group_words"] = _group_words
    app.jinja_env.filters["clock_face"] = lambda instant: f"{instant:%m-%d %H:%M}"
    app.jinja_env.globals["csrf_field"] = _csrf_field
    app.context_processor(_frame)
    if start_worker:
        built.worker.start()
    if start_worker and not secondary:
        built.backtests.wake()  # what the last process left undone
        built.migrations.wake()
    return app


def refuse_demo_accounts(db: Database) -> None:
    """Refuse to serve while accounts with a public password can log in.

    Raises:
        ConfigurationError: names them and what to do.
    """
    people = accounts.list_demo_accounts(db)
    if people:
        raise ConfigurationError(
            f"demonstration accounts are active: {', '.join(people)}; serve with --demo or deactivate them",
            message_zh=f"存在演示账号:{'、'.join(people)}。请用 --demo 启动,或先停用这些账号。",
        )


def _group_words(groups: Iterable[str] | str) -> str:
    """Names of groups; of ids joined by commas too. What is no group stays as it is."""
    ids = groups.split(",") if isinstance(groups, str) else sorted(groups)
    if english():
        return ", ".join(group.replace("_", " ") for group in ids)
    return "、".join(GROUPS.get(group, group) for group in ids)


def _csrf_field() -> Markup:
    """The hidden field that every form with an unsafe verb carries."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def _frame() -> dict[str, Any]:
    """What the frame of every page shows."""
    if not current_user.is_authenticated:
        return {}
    person = current_user.actor
    now = wiring.parts().clock.now
    virtual = wiring.parts().virtual_clock
    return {
        "now": now,
        "person": current_user,
        "doors": navigation.doors(person),
        "starts_cases": identity.starts_cases(person),
        "sees_cases": identity.sees_cases(person),
        "works_on_cases": identity.works_on_cases(person),
        "virtual_now": words.local(virtual.now()) if virtual else None,
        "here": request.full_path.rstrip("?") if request.method == "GET" else "/",
    }
