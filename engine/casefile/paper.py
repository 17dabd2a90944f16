"""The page of a case file that people read: cover, the case in words, pictures, every event, files, how to check it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Final

from engine.attachments import Attachment
from engine.canonical import decode
from engine.casefile.gathering import Gathered, Stream
from engine.clock import SHANGHAI
from engine.labels import Labels
from engine.narrative import Narrative
from engine.narrative.hiding import Hide
from engine.narrative.kinds import word_of
from engine.outbox import say
from engine.queries import CaseView, EventView

_STYLE: Final = """
:root { color-scheme: light; font: 15px/1.6 "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", system-ui; }
body { max-width: 1080px; margin: 0 auto; padding: 24px; color: #1c1b1a; background: #fff; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 18px; margin: 32px 0 8px; border-bottom: 1px solid #d8d4cf; }
h3 { font-size: 15px; margin: 16px 0 4px; } p { margin: 4px 0; } .quiet { color: #6b6661; } .bad { color: #a4262c; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; } dt { color: #6b6661; } dd { margin: 0; }
figure { margin: 8px 0 24px; } figure img { max-width: 100%; height: auto; border: 1px solid #e4e0db; }
table { border-collapse: collapse; width: 100%; font-size: 13px; } th, td { text-align: left; vertical-align: top;
padding: 4px 8px; border-bottom: 1px solid #e4e0db; } th { color: #6b6661; font-weight: 600; } tr.step td { border-top:
1px solid #a9a49e; } td.place { min-width: 7em; }
td.when { white-space: nowrap; font-variant-numeric: tabular-nums; } code, pre { font: 12px/1.5
ui-monospace, "Cascadia Mono", Consolas, monospace; } pre { background: #f6f4f1; padding: 8px 12px; overflow-wrap:
anywhere; white-space: pre-wrap; } .sum { overflow-wrap: anywhere; }
@media print { body { padding: 0; max-width: none; } h2 { break-after: avoid; } tr, figure { break-inside: avoid; } }
@media (max-width: 640px) { body { padding: 12px; } table, tbody, tr, td { display: block; } thead { display: none; } }
"""

_NAMES: Final = {
    "after": "之后", "assignee": "办理人", "audience": "发给", "before": "之前", "decision": "决策", "due_at": "截止",
    "end_state": "结束状态", "end_state_name": "结果", "form": "表单", "groups": "岗位", "hash": "指纹",
    "inputs": "输入", "message": "消息", "output": "结论", "process": "流程", "reason": "原因", "register": "台账",
    "rules": "命中", "scheduled_at": "应在", "sla": "时限", "tables": "先查的表", "template": "模板",
    "template_hash": "模板指纹", "text": "文字", "type": "类型", "values": "值",
    "variables": "提交的值", "version": "版本",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Who made the file, when, why, and whether personal data are masked."""

    made_by: str
    made_at: datetime
    reason: str
    unmasked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What the page is made of."""

    cover: Cover
    #: Takes personal data out of a value, unless the file is one that shows them.
    hide: Hide
    gathered: Gathered
    case: CaseView
    events: Sequence[EventView]
    story: Narrative
    labels: Labels
    #: File names of the pictures, by instance.
    pictures: Mapping[int, Sequence[str]]
    #: Attachment's id → its file; None: it stays out.
    files: Mapping[str, str | None]
    #: Text of a value as it stands in the file, by (stream, seq).
    values: Mapping[tuple[int, int], str]


def page(content: Content) -> bytes:
    """The HTML page; nothing in it comes from elsewhere, and it runs nothing."""
    title = f"案卷 {content.case.case_id} {content.case.name}"
    parts = [
        "<!doctype html><html lang='zh-CN'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width, initial-scale=1'>",
        "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; img-src 'self' file:; "
        "style-src 'unsafe-inline'\">",
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
        *_cover(content),
        *_story(content.story),
        *_pictures(content),
        *_history(content),
        *_files(content),
        *_proof(content),
        "</body></html>",
    ]
    return "\n".join(parts).encode()


def _when(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def _cover(content: Content) -> Iterator[str]:
    case, cover = content.case, content.cover
    told = {
        "流程": case.name,
        "状态": case.end_state_name or ("办理中" if case.ended_at is None else "已结束"),
        "开始": f"{_when(case.opened_at)} {case.opened_by_name}",
        "结束": _when(case.ended_at) or "未结束",
        "负责人": case.owner_name,
        "订单号": case.order_id or "",
        "个人信息": "未打码" if cover.unmasked else "已打码:打码的值只留承诺值,不能由此还原",
        "制作": f"{_when(cover.made_at)} {cover.made_by}",
        "用途": cover.reason,
        "时间": "均为北京时间",
    }
    yield "<dl>"
    yield from (f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in told.items() if text)
    yield "</dl>"


def _story(story: Narrative) -> Iterator[str]:
    yield "<h2>摘要</h2>"
    yield from (f"<p>{escape(sentence.text)}</p>" for sentence in story.summary)
    yield "<h2>经过</h2>"
    for day in story.days:
        yield f"<h3>{escape(day.heading)}</h3>"
        for sentence in day.sentences:
            stream, seq = sentence.refs[0]
            shown = f"<p class='bad'>{escape(sentence.text)}" if sentence.bad else f"<p>{escape(sentence.text)}"
            yield f"{shown} <a class='quiet' href='#e{stream}-{seq}'>{stream}·{seq}</a></p>"


def _pictures(content: Content) -> Iterator[str]:
    yield "<h2>流程图</h2><p class='quiet'>绿色:已办;橙色:正在办理;粗线:走过的路径。</p>"
    for stream in content.gathered.streams:
        for name in content.pictures.get(stream.key, ()):
            title = escape(_title(content.case, stream))
            yield f"<figure><figcaption>{title}</figcaption><img src='{escape(name)}' alt='{title}'></figure>"


def _title(case: CaseView, stream: Stream) -> str:
    name = next((one.name for one in case.instances if one.key == stream.key), stream.process_id)
    return f"{name}(第 {stream.version} 版,流程实例 {stream.key})"


def _history(content: Content) -> Iterator[str]:
    told = {ref: sentence.text for day in content.story.days for sentence in day.sentences for ref in sentence.refs[:1]}
    yield f"<h2>全部事件({len(content.events)} 条)</h2><table><thead><tr><th>序号</th><th>时间</th><th>谁</th>"
    yield "<th>环节</th><th>事件</th><th>值</th></tr></thead><tbody>"
    before = None
    for event in content.events:
        place = (event.stream, event.revision)
        step, before = " class='step'" if place != before else "", place
        said = told.get((event.stream, event.seq), "")
        value = "<br>".join(_lines(content.values.get((event.stream, event.seq), "null"), content.labels))
        yield (
            f"<tr{step} id='e{event.stream}-{event.seq}'><td>{event.stream}·{event.seq}</td>"
            f"<td class='when'>{_when(event.at)}</td><td class='when'>{escape(event.actor_name)}</td>"
            f"<td class='place'>{escape(event.element_name or '')}</td>"
            f"<td title='{escape(event.kind)}'>{escape(said or word_of(event.kind))}</td>"
            f"<td class='sum'>{value}</td></tr>"
        )
    yield "</tbody></table>"


def _lines(text: str, labels: Labels) -> Iterator[str]:
    """A value, a line a name."""
    value: Any = decode(text.encode())
    if isinstance(value, Mapping):
        for name, item in value.items():
            if isinstance(item, Mapping):
                inner = ";".join(f"{labels.name(key)}:{say(one)}" for key, one in item.items())
                yield escape(f"{_named(name, labels)}:{inner}")
            elif item not in (None, "", []):
                yield escape(f"{_named(name, labels)}:{say(item)}")
    elif value is not None:
        yield escape(say(value))


def _named(name: str, labels: Labels) -> str:
    """What the product's own parts of a value are called; of the others what the forms say."""
    return _NAMES.get(name) or labels.name(name)


def _files(content: Content) -> Iterator[str]:
    if not content.gathered.files:
        return
    yield "<h2>附件</h2><table><thead><tr><th>名称</th><th>上传</th><th>SHA-256</th></tr></thead><tbody>"
    for file in content.gathered.files:
        yield f"<tr><td>{_link(file, str(content.hide(file.name)), content.files.get(file.id))}</td>"
        yield f"<td class='when'>{_when(file.uploaded_at)}</td><td class='sum'><code>{file.sha256}</code></td></tr>"
    yield "</tbody></table>"


def _link(file: Attachment, shown: str, name: str | None) -> str:
    if name is not None:
        return f"<a href='{escape(name)}'>{escape(shown)}</a>"
    why = "已按保存期限删除" if file.erased_at is not None else "含个人信息,未附"
    return f"{escape(shown)} <span class='quiet'>({why})</span>"


def _proof(content: Content) -> Iterator[str]:
    gathered = content.gathered
    head = gathered.heads[-1]
    yield "<h2>证明</h2>"
    yield "<p>每条事件都与前一条用哈希相连,各流程实例的末尾都在一棵默克尔树(RFC 9162)里,树头由密钥签名(Ed25519)。"
    yield "核验不需要本系统:在装有 Python 3.9 或更高版本的电脑上,解压后在该文件夹中执行</p>"
    yield "<pre>python3 verify.py</pre>"
    yield "<p>如果您另行取得了公钥,或保存过早先的签名树头(邮件、文件),请一并核对,这样连“全部重算”也瞒不过去:</p>"
    yield "<pre>python3 verify.py --key 公钥 --heads 树头文件</pre>"
    yield f"<p>本案卷依据的树头({gathered.origin},{head.size} 项,{_when(head.at)}):</p>"
    yield f"<pre>{escape(head.note)}</pre>"
    yield "<p class='quiet'>打码的值只附承诺值 SHA-256(盐 ‖ 值)。盐不公开,无法由它猜出原值;需要时可单独公开某个值。</p>"
