"""A change is put in force as a whole, once nothing stands in its way."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, update

from engine import access
from engine.clock import to_microseconds
from engine.definitions import Definitions, Deployment, last_number
from engine.errors import InvalidValue, StepError
from engine.model import Actor, Finding, Severity
from engine.store.database import Database, Transaction
from engine.store.tables import studio_change
from engine.studio.around import draft_files, laid_over
from engine.studio.changes import add_entry, check_alive, check_text, read_change
from engine.studio.checking import check_change
from engine.studio.kinds import file_name
from engine.studio.settings import StudioSettings, read_settings
from engine.studio.testing import ScenarioRun, digest_of
from engine.studio.values import Change, ChangeMoved, Standing, Status
from engine.studio.versions import at_deployment

#: Changes whose findings are remembered.
_REMEMBERED: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why a change cannot be deployed now, in a sentence of each language."""

    #: empty, closed, lint, review, base or scenarios.
    code: str
    zh: str
    en: str


class DeploymentRefused(InvalidValue):
    """Something stands in the way of the deployment (``obstacles``); nothing was written."""

    code = "deployment_refused"

    def __init__(self, obstacles: tuple[Obstacle, ...]) -> None:
        super().__init__(" ".join(one.en for one in obstacles), message_zh="".join(one.zh for one in obstacles))
        self.obstacles = obstacles


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A change as it stands now, with what its deployment would be made of."""

    change: Change
    settings: StudioSettings
    files: Mapping[str, bytes]
    around: Mapping[str, bytes]
    #: Of ``around``.
    digest: str
    findings: tuple[Finding, ...]
    #: Number of the last deployment.
    last: int

    @property
    def changed(self) -> dict[str, bytes]:
        """Those of its files that change something."""
        effective = {file_name(draft.kind, draft.id) for draft in self.change.effective}
        return {name: content for name, content in self.files.items() if name in effective}


def read_candidate(connection: Connection, definitions: Definitions, key: int) -> Candidate:
    """A change as it stands in a snapshot.

    Raises:
        NotFound: there is none.
    """
    files = draft_files(connection, key)
    around = laid_over(connection, files)
    change = read_change(connection, key)
    digest = digest_of(around)
    return Candidate(
        change=change,
        settings=read_settings(connection),
        files=files,
        around=around,
        digest=digest,
        findings=_findings(connection, definitions, key, (digest, *sorted(files))) if change.alive else (),
        last=last_number(connection),
    )


_checked: Final[OrderedDict[tuple[str, ...], tuple[Finding, ...]]] = OrderedDict()
_checking: Final = threading.Lock()


def _findings(
    connection: Connection, definitions: Definitions, key: int, files: tuple[str, ...]
) -> tuple[Finding, ...]:
    """What the checks say; the same files, by fingerprint and names of drafts, are not checked twice."""
    with _checking:
        found = _checked.get(files)
    if found is None:
        found = tuple(check_change(connection, definitions, key))
        with _checking:
            _checked[files] = found
            while len(_checked) > _REMEMBERED:
                _checked.popitem(last=False)
    return found


def obstacles(candidate: Candidate, run: ScenarioRun | None) -> tuple[Obstacle, ...]:
    """What stands in the way of deploying it.

    Args:
        candidate: the change.
        run: of the scenarios on exactly these files; None: they have not been run.
    """
    change = candidate.change
    if not change.alive:
        return (Obstacle(code="closed", zh="该变更已发布或已撤回。", en="This change is deployed or withdrawn."),)
    found = []
    if not change.effective:
        zh, en = "这项变更没有任何修改。", "This change changes nothing."
        found.append(Obstacle(code="empty", zh=zh, en=en))
    errors = sum(finding.severity is Severity.ERROR for finding in candidate.findings)
    if errors:
        zh, en = f"检查发现 {errors} 个错误,请先修正。", f"The checks found {errors} errors. Please mend them first."
        found.append(Obstacle(code="lint", zh=zh, en=en))
    moved = "、".join(draft.id for draft in change.effective if draft.standing is Standing.MOVED)
    if moved:
        zh = f"开始修改以后,别人发布了 {moved} 的另一个版本;请先对比,再决定保留哪一份。"
        en = f"Somebody has deployed another version of {moved} meanwhile. Please compare, then decide which to keep."
        found.append(Obstacle(code="base", zh=zh, en=en))
    if candidate.settings.scenarios and not errors:
        found += _scenario_obstacles(run)
    if candidate.settings.four_eyes and not change.seen_by_another:
        zh, en = "还没有另一位同事审核通过。", "Nobody else has approved of it yet."
        found.append(Obstacle(code="review", zh=zh, en=en))
    return tuple(found)


def _scenario_obstacles(run: ScenarioRun | None) -> list[Obstacle]:
    if run is None or run.running:
        zh, en = "场景还没有运行完。", "The scenarios have not been run to their end."
    elif run.problem_zh:
        zh, en = run.problem_zh, run.problem_en
    elif run.failed:
        zh, en = f"{len(run.failed)} 个场景没有通过。", f"{len(run.failed)} scenarios fail."
    else:
        return []
    return [Obstacle(code="scenarios", zh=zh, en=en)]


def deploy_change(
    db: Database,
    definitions: Definitions,
    actor: Actor,
    candidate: Candidate,
    *,
    reason: str,
    run: ScenarioRun | None,
    now: datetime,
) -> Deployment:
    """Put all drafts of a change in force, in one transaction with its end.

    Args:
        db: the database.
        definitions: of that database.
        actor: who deploys.
        candidate: the change as the actor has seen it.
        reason: why, in the actor's words; the change's own where it is empty.
        run: of the scenarios on exactly its files.
        now: aware UTC.

    Raises:
        NotAllowed: the actor may not change what is in force.
        DeploymentRefused: something stands in the way.
        DefinitionRefused: the lint found errors that it had not found before.
        StepError: somebody else was faster (ChangeClosed, ChangeMoved, another deployment). Look again.
    """
    access.check(actor, "P22")
    change = candidate.change
    found = obstacles(candidate, run if run is not None and run.digest == candidate.digest else None)
    if found:
        raise DeploymentRefused(found)
    with db.read() as connection:
        restores = _restored(connection, change)

    def close(tx: Transaction, number: int) -> None:
        check_alive(tx.connection, change.key)
        current = read_change(tx.connection, change.key)
        settings = read_settings(tx.connection)
        if number != candidate.last + 1:
            raise StepError(
                "somebody has deployed something else meanwhile",
                message_zh="刚有人发布了别的内容,请重新看一遍检查结果,再发布。",
            )
        if current.revision != change.revision or settings != candidate.settings:
            raise ChangeMoved
        if settings.four_eyes and not current.seen_by_another:
            raise ChangeMoved
        over = {"status": Status.DEPLOYED, "deployment": number, "closed_at": to_microseconds(now)}
        tx.connection.execute(update(studio_change).where(studio_change.c.key == change.key).values(over))
        add_entry(tx, change.key, "deployed", actor, now=now, note=reason)

    reason = check_text(reason) or change.why or change.title
    return definitions.deploy(candidate.files, actor, reason=reason, change=change.key, restores=restores, first=close)


def _restored(connection: Connection, change: Change) -> int | None:
    """The deployment to which a change goes back; None where its drafts are not exactly what was in force then."""
    asked = [entry.note for entry in change.entries if entry.kind == "restores"]
    if not asked or not asked[-1].isdecimal():
        return None
    before = at_deployment(connection, int(asked[-1]))
    same = all(draft.hash == before.get((draft.kind, draft.id)) for draft in change.effective)
    return int(asked[-1]) if same else None
