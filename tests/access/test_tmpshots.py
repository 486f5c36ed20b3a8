import threading, re
from wsgiref.simple_server import make_server, WSGIRequestHandler
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIServer
from django.core.wsgi import get_wsgi_application
from django.utils import timezone
from datetime import timedelta
from playwright.sync_api import sync_playwright
from tests.access.log_steps import *
from tests.cases import steps
from tests.cast import Cast
class S(ThreadingMixIn, WSGIServer): daemon_threads=True
class H(WSGIRequestHandler):
    def log_message(self,*a): pass
def test_shots(committed, tmp_path):
    cast=Cast()
    steps.released(cast)
    cast.client("socialsekreterare-utanfor").get("/arenden/00000000-0000-4000-8000-000000000000/")
    reviewer=cast.actor("logggranskare")
    from pathlib import Path
    n=Notary(tmp_path)
    jobs=[]
    def shots(pages, who, app):
        c=cast.client(who); cookie=c.cookies["sspf"].value
        jobs.append((pages,who,cookie))
    with n.settings():
        app=get_wsgi_application()
        srv=make_server("127.0.0.1",0,app,server_class=S,handler_class=H)
        threading.Thread(target=srv.serve_forever,daemon=True).start()
        base=f"http://localhost:{srv.server_port}"
        n.sign(reviewer.municipality_id, timezone.now())
        def go(pages, who):
            cookie=cast.client(who).cookies["sspf"].value
            def run():
              with sync_playwright() as p:
                b=p.chromium.launch(executable_path="/usr/bin/chromium",args=["--no-sandbox","--disable-gpu"])
                for w in (1280,390):
                    ctx=b.new_context(bypass_csp=True,locale="sv-SE",color_scheme="light",viewport={"width":w,"height":900}); ctx.add_cookies([{"name":"sspf","value":cookie,"url":base}])
                    pg=ctx.new_page()
                    for name,url in pages:
                        pg.goto(base+url); 
                        for d in pg.query_selector_all("details.s-how"): d.evaluate("d=>d.open=true")
                        print(w,name,pg.title(), pg.evaluate("document.documentElement.scrollWidth"))
                        pg.evaluate(open("tests/vendor/axe.min.js").read())
                        res=pg.evaluate("axe.run()")
                        for v in res["violations"]: print("AXE",name,v["id"],[n["html"][:120] for n in v["nodes"]][:3])
                        pg.screenshot(path=f"/tmp/shots/{name}-{w}.png",full_page=True)
                b.close()
            t=threading.Thread(target=run); t.start(); t.join()
        go([("preview","/loggkontroll/")],"logggranskare")
        k=cast.actor("koordinator"); last_month(k,25); last_month(cast.actor("socialsekreterare"),9,outcome="denied",action="list",case_id=None,case_number="",relation="",field_groups=(),purpose="")
        last_month(reviewer,12,outcome="denied",action="enter",object_type="case_list",case_id=None,case_number="",relation="",field_groups=(),purpose="")
        n.after_last_month(reviewer.municipality_id)
        c=cast.client("logggranskare")
        # later notes must be after; file order
        html=c.get("/loggkontroll/").content.decode()
        ids=re.findall(r'/loggkontroll/stickprov/([0-9a-f-]{36})/',html)
        if not ids:
            print(re.findall(r"Stickprovet[^<]*",html)); 
        for i in ids[:3]:
            r=c.post(f"/loggkontroll/stickprov/{i}/",{"verdict":"ok","note":"","seen_version":"0"}); print(r.status_code)
        r=c.post("/loggkontroll/sok/",{"number":re.search(r"S26-[0-9A-Z]{5}",html)[0]}); num=r["Location"]
        m=cast.membership("koordinator").id
        day=timezone.localdate().isoformat()
        month=re.search(r'/loggkontroll/manad/[0-9a-f-]{36}/',c.get(f"/loggkontroll/stickprov/{ids[4]}/").content.decode())
        c.post("/loggkontroll/kontrollera/")
        import subprocess,sys,os
        from tests.conftest import _environment
        r=subprocess.run([sys.executable,"manage.py","sequencer","--once"],env=_environment(committed,"sequencer")|{"SSPF_CHECKPOINT_DIR":str(tmp_path/"x")},capture_output=True,text=True); print(r.returncode, r.stderr[-500:])
        go([("start","/loggkontroll/"),("item",f"/loggkontroll/stickprov/{ids[4]}/"),("item2",f"/loggkontroll/stickprov/{ids[5]}/"),("month",month[0] if month else "/loggkontroll/"),("number",num),("colleague",f"/loggkontroll/kollega/{m}/"),("day",f"/loggkontroll/dag/{day}/")],"logggranskare")
        go([("unit","/enhetens-logg/"),("unitcol",f"/enhetens-logg/{m}/")],"chef")
        srv.shutdown()
    assert 0
