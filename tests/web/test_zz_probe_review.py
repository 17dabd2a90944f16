from __future__ import annotations
import html, json, re, zipfile, io
from collections.abc import Callable
from flask import Flask
from tests.web.browser import Browser
from web import parts_of
PHONE="13912345678"
def test_probe(app, browse):
    wang=browse("wang")
    case=wang.start_inquiry(description=f"买家说打这个电话{PHONE}联系<script>alert(1)</script>")
    task=wang.open_task(case)
    wang.post(f"/cases/{case}/comments", {"text": f"备注 {PHONE}"})
    z=browse("zheng")
    z.post("/audit/proofs/head")
    for path in (f"/audit/{case}", f"/audit/{case}/story", f"/audit/{case}/replay", f"/audit/{case}/replay/film.json", f"/cases/{case}", "/audit/system", "/audit", "/audit/questions?status=active","/audit/samples","/audit/findings"):
        t=z.get(path)
        txt=t.text if 'json' not in (t.mimetype or '') else json.dumps(json.loads(t.text),ensure_ascii=False)
        print(path,t.status_code, PHONE in txt, "13800138000" in txt, "<script>alert" in txt)
        if PHONE in txt: print("   ", [txt[max(0,m.start()-120):m.end()+20] for m in re.finditer(PHONE,txt)][:3])
    a=z.post(f"/audit/{case}/case-file",{"reason":"x"})
    with zipfile.ZipFile(io.BytesIO(a.data)) as f:
        for n in f.namelist():
            d=f.read(n).decode("utf8","replace")
            print(n, PHONE in d, "13800138000" in d, "<script>alert" in d)
    a.close()
    for form in ("csv","xlsx","jsonl","xes","ocel","ocel-xml"):
        a=z.post("/audit/exports",{"format":form,"reason":"x"})
        print(form,a.status_code, PHONE.encode() in a.data); a.close()
    assert 0
