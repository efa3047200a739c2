"""A short smoke of a server program over HTTP: `upgrade.py <tuhe> <wechat-stand-in> <data folder>`.

The database and Redis are those of DATABASE_URL and REDIS_URL, migrated already, perhaps by a newer program.
"""

import json
import os
import re
import subprocess
import sys
import urllib.request
import uuid
from datetime import date

TUHE, STAND_IN, VAR = sys.argv[1:]
APPID, SECRET = "wxupgrade00000001", "upgrade-secret"


def call(method, url, body=None, token=None):
    headers = {"content-type": "application/json", "X-Client": "upgrade/1; schema=1"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
        text = answer.read().decode()
    return json.loads(text) if text.startswith(("{", "[")) else text


def command(environment, *arguments):
    done = subprocess.run([TUHE, *arguments], env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"tuhe {' '.join(arguments)}: {done.stderr}")
    return done.stdout


stand_in = subprocess.Popen(
    [STAND_IN, "--appid", APPID, "--secret", SECRET, "--exit-with-stdin"],
    stdin=subprocess.PIPE,
    stdout=subprocess.PIPE,
    text=True,
)
server = None
try:
    wechat = json.loads(stand_in.stdout.readline())
    environment = dict(
        os.environ,
        TUHE_VAR=VAR,
        TUHE_LISTEN="127.0.0.1:0",
        TUHE_WECHAT_BASE_URL=wechat["base_url"],
        TUHE_WECHAT_APPID=APPID,
        TUHE_WECHAT_SECRET=SECRET,
    )
    command(environment, "town", "add", "--code", "upgrade", "--name", "图河镇")
    invited = command(environment, "office", "invite", "--town", "upgrade", "--name", "陈静")
    bind_code = re.search(r"\b[2-9A-HJ-NP-Z]{10}\b", invited).group()
    server = subprocess.Popen(
        [TUHE, "serve", "--stand-in"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    base = re.search(r"http://[0-9.:]+", server.stdout.readline()).group()
    call("GET", f"{base}/readyz")
    code = call("POST", f"{wechat['control_url']}/login_code", {"openid": "upgrade-office"})["code"]
    token = call("POST", f"{base}/api/v1/bind", {"code": code, "bind_code": bind_code})["token"]
    assert call("GET", f"{base}/api/v1/me", token=token)["name"] == "陈静"
    call("POST", f"{base}/api/v1/plan", {"start_on": date.today().replace(day=1).isoformat()}, token)
    root = call("GET", f"{base}/api/v1/units", token=token)[0]["id"]
    record = {
        "id": str(uuid.uuid4()),
        "version_id": str(uuid.uuid4()),
        "unit_id": root,
        "happened_on": date.today().isoformat(),
        "entry_channel": "console",
    }
    sent = {"record": record, "text": "升级后旧程序照常记录"}
    first = call("POST", f"{base}/api/v1/statements", sent, token)
    again = call("POST", f"{base}/api/v1/statements", sent, token)
    assert first["state"] == "submitted" and first == again, (first, again)
    read = call("GET", f"{base}/api/v1/records/{record['id']}", token=token)
    assert read["facts"]["text"] == sent["text"], read
    for path in ["duties", "duties/today", "records", "signs", "people", "notices", "grants", "call-list", "plan/tasks"]:
        call("GET", f"{base}/api/v1/{path}", token=token)
    call("POST", f"{base}/api/v1/logout", token=token)
    print("the release before starts, logs in, reads and writes on this schema")
finally:
    for child in (server, stand_in):
        if child:
            child.terminate()
            child.wait(20)
