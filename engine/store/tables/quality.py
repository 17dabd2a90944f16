"""Quality checks of cases, weekly reports of common issues, feedback to departments, appraisals, the staff survey."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text, text

from engine.store.tables.schema import KEY, metadata

#: Versions of what the items of a check weigh; none: as shipped.
quality_form = Table(
    "quality_form",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    #: Canonical bytes of {item: points}, Σ 100.
    Column("weights", LargeBinary, nullable=False),
    Column("note", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
)

#: What was drawn of a week: a row an agent, and one of nobody ("") that says the week is done.
quality_draw = Table(
    "quality_draw",
    metadata,
    #: 2026-W47.
    Column("week", Text, primary_key=True),
    Column("agent", Text, primary_key=True),
    Column("seed", Text, nullable=False),
    #: Closed cases to draw from, complaints left out.
    Column("closed", Integer, nullable=False),
    Column("drawn", Integer, nullable=False),
    #: Closed complaints, which are all checked.
    Column("complaints", Integer, nullable=False),
    Column("drawn_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

#: 质检: a closed case that is to be checked, the points it got, the objection to them, and what was decided.
quality_check = Table(
    "quality_check",
    metadata,
    Column("id", KEY, primary_key=True),
    #: A case is checked once.
    Column("case_id", Text, nullable=False),
    Column("process_id", Text, nullable=False),
    #: Whose work it is.
    Column("agent", Text, nullable=False),
    #: The week in which the case ended.
    Column("week", Text, nullable=False),
    Column("ended_at", BigInteger, nullable=False),
    #: drawn, complaint or hand.
    Column("why", Text, nullable=False),
    #: Null: the platform.
    Column("added_by", Text),
    Column("added_at", BigInteger, nullable=False),
    #: waiting, checked, objected or decided.
    Column("state", Text, nullable=False),
    #: Version of the form by which it was checked.
    Column("form", Integer),
    #: Canonical bytes, see quality.checking: points and remarks by item, and the rest of the form.
    Column("content", LargeBinary),
    #: The score in force, and the one before a decision changed it; 0 to 100.
    Column("score", Integer),
    Column("first_score", Integer),
    Column("checked_by", Text),
    Column("checked_at", BigInteger),
    #: Until when the agent may object.
    Column("object_until", BigInteger),
    #: When the agent has read it.
    Column("read_at", BigInteger),
    Column("objection", Text),
    Column("objected_at", BigInteger),
    #: upheld or changed.
    Column("decision", Text),
    Column("decision_reason", Text),
    Column("decided_by", Text),
    Column("decided_at", BigInteger),
    #: Until when it is to be checked, or the objection decided; and when somebody is told next that it waits.
    Column("due_at", BigInteger),
    Column("next_at", BigInteger),
    Index("uq_quality_check_case", "case_id", unique=True),
    Index("ix_quality_check_week", "week", "agent", "id"),
    Index("ix_quality_check_agent", "agent", "id"),
    Index("ix_quality_check_state", "state", "id"),
    Index("ix_quality_check_next", "next_at", sqlite_where=text("next_at IS NOT NULL")),
    Index("ix_quality_check_checked", "checked_at", "agent", "score", sqlite_where=text("checked_at IS NOT NULL")),
    sqlite_autoincrement=True,
)

#: 共性问题: an agent's cases of a week by what they were about, confirmed by the agent for the supervisor.
issue_report = Table(
    "issue_report",
    metadata,
    Column("week", Text, primary_key=True),
    Column("agent", Text, primary_key=True),
    Column("cases", Integer, nullable=False),
    #: Canonical bytes of [{process, cause, cases: [ids]}], the most frequent first.
    Column("content", LargeBinary, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    #: When the agent was reminded, and the supervisor told, that it is late.
    Column("reminded_at", BigInteger),
    Column("remark", Text),
    Column("confirmed_at", BigInteger),
    Index("ix_issue_report_agent", "agent", "week"),
    Index("ix_issue_report_open", "due_at", sqlite_where=text("confirmed_at IS NULL AND reminded_at IS NULL")),
    sqlite_with_rowid=False,
)

#: 部门反馈: what customers complain of or ask for, told to the department that it concerns, with its answer.
department_feedback = Table(
    "department_feedback",
    metadata,
    Column("id", KEY, primary_key=True),
    #: The complaint's register row that it was made of; null: somebody wrote it.
    Column("source", KEY),
    Column("case_id", Text),
    #: complaint or request.
    Column("kind", Text, nullable=False),
    #: Of a complaint: product, description, warehouse, …
    Column("cause", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("text", Text, nullable=False),
    #: Null: the platform.
    Column("made_by", Text),
    Column("made_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("escalated_at", BigInteger),
    Column("answer", Text),
    Column("answered_by", Text),
    Column("answered_at", BigInteger),
    Index("uq_department_feedback_source", "source", unique=True, sqlite_where=text("source IS NOT NULL")),
    Index("ix_department_feedback_department", "department", "id"),
    Index("ix_department_feedback_maker", "made_by", "id"),
    Index("ix_department_feedback_case", "case_id", "id"),
    Index("ix_department_feedback_open", "department", "due_at", sqlite_where=text("answered_at IS NULL")),
    sqlite_autoincrement=True,
)

#: What a person's superior writes beside a month's score sheet, and that the person has signed it.
appraisal = Table(
    "appraisal",
    metadata,
    Column("person", Text, primary_key=True),
    #: 2026-11.
    Column("month", Text, primary_key=True),
    #: 反馈与指导, 绩效改善计划, 晋升与职业发展.
    Column("guidance", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("career", Text, nullable=False),
    Column("written_by", Text, nullable=False),
    Column("written_at", BigInteger, nullable=False),
    Column("reply", Text, nullable=False),
    #: When the person has signed; what is written then stays.
    Column("signed_at", BigInteger),
    #: Until when it is to be signed, and when somebody is told next that it is not.
    Column("due_at", BigInteger),
    Column("next_at", BigInteger),
    Index("ix_appraisal_month", "month", "person"),
    Index("ix_appraisal_next", "next_at", sqlite_where=text("next_at IS NOT NULL")),
    sqlite_with_rowid=False,
)

#: Who has answered a month's survey; nothing leads from here to an answer.
survey_turn = Table(
    "survey_turn",
    metadata,
    Column("month", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    sqlite_with_rowid=False,
)

#: What was answered: by whom and when is not kept, and the order of the rows is that of their random ids.
survey_answer = Table(
    "survey_answer",
    metadata,
    Column("month", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    #: Five digits, 1 to 5, by question.
    Column("marks", Text, nullable=False),
    Column("text", Text, nullable=False),
    sqlite_with_rowid=False,
)

#: What those who lead make of a month's answers; the staff read it.
survey_evaluation = Table(
    "survey_evaluation",
    metadata,
    Column("month", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("written_by", Text, nullable=False),
    Column("written_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
