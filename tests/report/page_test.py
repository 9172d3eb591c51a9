#!/usr/bin/env python3
"""page_test.py BROWSER PAGE PICTURES [LINE...]: opens a report in a headless browser, as people would.

Fails on anything on the console, any request except the page itself, anything that reaches out of
the window at 360, 768 and 1440 px, anything of the journal that became markup. Keeps pictures and
the print in the folder PICTURES. Speaks the DevTools protocol over the browser's pipe: no port, and
nothing but Python's own library. With LINEs the page
must show each of these texts; without, it is one of journal.sh. First it is shown pages with faults, and must find each.
"""
import base64
import fcntl
import json
import os
import pathlib
import re
import select
import subprocess
import sys
import tempfile
import time

LIMIT_S = 60
WIDTHS = (360, 768, 1440)

# What letter and A4 leave between the margins, and A5.
PAPER = (739, 718, 483)

# From so many rows on, all of the list at once is a matter of minutes, and a print of megabytes.
MANY_ROWS = 3000

# Things that reach out of the window to the right. What lies in a closed <details> is not shown.
OVERFLOW = """(() => {
  const wide = document.documentElement.clientWidth, out = [];
  if (document.documentElement.scrollWidth > wide) out.push('page: ' +
    document.documentElement.scrollWidth);
  for (const e of document.querySelectorAll('body *')) {
    const box = e.getBoundingClientRect();
    if (box.width > 0 && (box.right > wide + 0.5 || box.left < -0.5))
      out.push(e.tagName + '.' + e.getAttribute('class') + ' ' + box.left + '..' + box.right);
  }
  return out.slice(0, 5);
})()"""

# Text that does not fit its cell, short words on two lines, and columns of the list that stand elsewhere on another day.
ASKEW = """(() => {
  const out = [];
  for (const e of document.querySelectorAll('th,td,.cards div,h1,h2,summary'))
    if (e.scrollWidth > e.clientWidth + 1) out.push('cut: ' + e.textContent.slice(0, 40));
  const first = [];
  for (const table of document.querySelectorAll('.d'))
    table.querySelectorAll('th').forEach((th, i) => {
      const x = th.getBoundingClientRect().left;
      first[i] = first[i] ?? x;
      if (Math.abs(first[i] - x) > 1) out.push('askew: ' + th.textContent + ' ' + x);
    });
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let n = 0; words.nextNode() && n < 3000; n++)
    for (const m of words.currentNode.data.matchAll(/(?<=^|\\s)[\\w.:]{2,12}(?=\\s|$)/g)) {
      range.setStart(words.currentNode, m.index);
      range.setEnd(words.currentNode, m.index + m[0].length);
      if (new Set([...range.getClientRects()].map(r => r.top)).size > 1) out.push('broken: ' + m[0]);
    }
  return out.slice(0, 5);
})()"""

MARKUP = """(() => {
  const out = [];
  for (const e of document.querySelectorAll('script,img,iframe,object,embed,video,audio,base,form'))
    out.push(e.outerHTML.slice(0, 80));
  for (const e of document.querySelectorAll('*'))
    for (const a of e.attributes)
      if (/^on/i.test(a.name) || /^\\s*javascript:/i.test(a.value)) out.push(e.outerHTML.slice(0, 80));
  return out.slice(0, 5);
})()"""

OPEN_ALL = "document.querySelectorAll('details').forEach(d => { d.open = true; })"

# The contrast of the text that is shown with what is behind it, at its lowest (WCAG 2).
CONTRAST = """(() => {
  const numbers = c => c.match(/[\\d.]+/g).map(Number);
  const light = c => { const l = numbers(c).slice(0, 3).map(v => { v /= 255;
    return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * l[0] + 0.7152 * l[1] + 0.0722 * l[2]; };
  const back = light(getComputedStyle(document.body).backgroundColor);
  let least = 21;
  for (const e of document.querySelectorAll('h1,h2,p,td,th,span,b,em,li,summary')) {
    const text = light(getComputedStyle(e).color);
    least = Math.min(least, (Math.max(text, back) + 0.05) / (Math.min(text, back) + 0.05));
  }
  return least;
})()"""


class Browser:
    """A browser, one tab in it, and everything that it said of that tab."""

    def __init__(self, program, folder):
        self.words = os.path.join(folder, "stderr")
        to_browser, self.out = os.pipe()
        self.inp, from_browser = os.pipe()

        # The browser reads 3 and writes 4, whatever numbers are taken here.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 20) for end in (to_browser, from_browser)]
        self.process = subprocess.Popen(
            ["bash", "-c", 'exec "$@" 3<&%d 4>&%d %d<&- %d>&-' % (*ends, *ends), "bash", program,
             "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--no-first-run", "--remote-debugging-pipe", "--user-data-dir=" + folder],
            pass_fds=ends, stdout=subprocess.DEVNULL, stderr=open(self.words, "wb"))
        for end in ends:
            os.close(end)
        os.close(to_browser)
        os.close(from_browser)
        os.set_blocking(self.inp, False)
        self.buffer, self.events, self.number, self.session = b"", [], 0, None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target,
                                flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(domain + ".enable")

    def give_up(self, what):
        words = pathlib.Path(self.words).read_text(errors="replace")[-2000:]
        raise SystemExit("page_test: the browser %s; it said:\n%s" % (what, words))

    def message(self, end):
        while b"\0" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0:
                self.give_up("does not answer")
            if select.select([self.inp], [], [], left)[0]:
                part = os.read(self.inp, 1 << 20)
                self.buffer += part
                if not part:
                    self.give_up("has hung up")
        line, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(line)

    def ask(self, method, **params):
        self.number += 1
        request = {"id": self.number, "method": method, "params": params}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.out, json.dumps(request).encode() + b"\0")
        end = time.monotonic() + LIMIT_S
        while True:
            message = self.message(end)
            if message.get("id") == self.number:
                if "error" in message:
                    raise SystemExit("page_test: %s: %s" % (method, message["error"]))
                return message["result"]
            self.events.append(message)

    def wait_for(self, method):
        end = time.monotonic() + LIMIT_S
        while not any(e.get("method") == method for e in self.events):
            self.events.append(self.message(end))

    def evaluate(self, script):
        result = self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in result:
            raise SystemExit("page_test: %s" % result["exceptionDetails"])
        return result["result"].get("value")

    def open(self, page, width, dark=False, media=""):
        self.events = []
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=900,
                 deviceScaleFactor=1, mobile=False)
        self.ask("Emulation.setScrollbarsHidden", hidden=True)
        self.ask("Emulation.setEmulatedMedia", media=media, features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.ask("Page.navigate", url=pathlib.Path(page).as_uri())
        self.wait_for("Page.loadEventFired")

    def has_many_rows(self):
        return self.evaluate("document.querySelectorAll('tr').length") >= MANY_ROWS

    def said(self):
        """What no page may make a browser say."""
        faults = []
        for event in self.events:
            method, params = event.get("method"), event.get("params", {})
            if method in ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown",
                          "Page.javascriptDialogOpening"):
                faults.append("console: %s" % json.dumps(params)[:200])
                if method == "Page.javascriptDialogOpening":
                    self.ask("Page.handleJavaScriptDialog", accept=True)
            if method == "Network.requestWillBeSent":
                url = params["request"]["url"]
                if params.get("type") != "Document" and not url.startswith("data:"):
                    faults.append("request: " + url)
        return faults

    def picture(self, path, height=2400):
        high = self.evaluate("Math.min(document.documentElement.scrollHeight, %d)" % height)
        width = self.evaluate("document.documentElement.clientWidth")
        data = self.ask("Page.captureScreenshot", captureBeyondViewport=True, clip={
            "x": 0, "y": 0, "width": width, "height": high, "scale": 1})["data"]
        path.write_bytes(base64.b64decode(data))

    def print(self):
        """A PDF, and how many pages it has."""
        pdf = base64.b64decode(self.ask("Page.printToPDF", printBackground=True)["data"])
        must(pdf.startswith(b"%PDF"), "it cannot be printed")
        pages = len(re.findall(rb"/Type */Page\b", pdf))
        must(pages > 0, "the print has no pages")
        return pdf, pages

    def close(self):
        os.close(self.out)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def faults_of(browser, page, width, **how):
    browser.open(page, width, **how)
    faults = browser.evaluate(OVERFLOW)
    if not browser.has_many_rows():
        browser.evaluate(OPEN_ALL)
        faults += browser.evaluate(OVERFLOW)
        faults += browser.evaluate(ASKEW)
    return faults + browser.evaluate(MARKUP) + browser.said()


def must_find_faults(browser, folder):
    bad = {
        "a request": "<img src='http://127.0.0.1:9/x.png'>",
        "a request of a style": "<style>body{background:url(http://127.0.0.1:9/y.png)}</style>",
        "markup": "<script>1</script>",
        "an attribute that runs": "<p onclick='1'>x",
        "an error": "<script>throw 1</script>",
        "something too wide": "<div style='width:2000px'>x</div>",
        "a cell that is too narrow": "<table style='table-layout:fixed;width:80px'><tr><td>"
                                     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx<td>y</table>",
        "a word on two lines": "<p style='width:4em;overflow-wrap:anywhere'>CcmExec.exe",
        "columns askew": "<table class=d><tr><th>a<th>b</table><table class=d><tr><th>aaaaaa<th>b"
                         "</table>",
        "something outside": "<p style='position:absolute;left:1430px;width:100px'>x",
    }
    for what, body in bad.items():
        page = os.path.join(folder, "bad.html")
        pathlib.Path(page).write_text("<!doctype html><link rel=icon href='data:,'>" + body)
        if not faults_of(browser, page, 1440):
            raise SystemExit("page_test: a page with %s passed" % what)


def must(condition, what):
    if not condition:
        raise SystemExit("page_test: FAILED: " + what)


def check_words(browser):
    text = browser.evaluate("document.body.textContent")
    for name in ("<script>alert(1)</script>", "<img src=x onerror=alert(2)>",
                 "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd", "?gpj.exe?",
                 "Q&A \"Tool\" 'x' &amp;", "\u4e16\u754c"):
        must(name in text, "the page does not show the text %r" % name)
    must("\u202e" not in text, "the page turns the direction of writing")
    for cell in ("td:nth-child(3)", ".legend li"):
        turns = browser.evaluate("[...document.querySelectorAll('%s')].filter(e => "
                                 "/[\\u0590-\\u05ff]/.test(e.textContent)).map(e => "
                                 "getComputedStyle(e).unicodeBidi)" % cell)
        must(turns and all(t in ("plaintext", "isolate") for t in turns),
             "right-to-left names in %s run into their neighbours" % cell)


def check_lines(browser, lines):
    """What people must be able to read, what is in <title>s and closed days included."""
    text = re.sub(r"\s+", " ", browser.evaluate("""(() => {
        const all = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), out = [];
        while (all.nextNode()) out.push(all.currentNode.data);
        return out.join(' ');
    })()"""))
    text = re.sub(r" (?=[,.;])", "", text)
    for line in lines:
        must(line in text, "the page does not say %r" % line)
    must(" 0 ms" not in text, "something took 0 ms")
    numbers = browser.evaluate("[...document.querySelectorAll('.s td:not(:first-child),"
                               ".d td:nth-child(2)')].every(e => innerWidth <= 640 || "
                               "getComputedStyle(e).textAlign == 'right')")
    must(numbers, "numbers are not under one another")


def check_gaps(browser):
    must(browser.evaluate("document.querySelectorAll('.l:not(.h) path.u').length") > 0,
         "the time that nobody watched is not shown")
    # What is not painted is hatched: the first ten minutes.
    must("gradient" in browser.evaluate(
        "getComputedStyle(document.querySelector('.l svg')).backgroundImage"),
        "what is not in the journal is not shown as a gap")
    covered = browser.evaluate("""(() => {
        const lanes = [...document.querySelectorAll('.l:not(.h) svg')], sum = [0, 0];
        for (const lane of lanes)
            for (const path of lane.querySelectorAll('.i,.u,.o'))
                for (const m of path.getAttribute('d').matchAll(/h(\\d+)/g)) sum[0] += +m[1];
        return [sum[0], 720 * lanes.length];
    })()""")
    must(0 < covered[1] - covered[0] <= 7, "of the lanes %s cells are painted, of %s" %
         tuple(covered))


def check_paper(browser, page):
    """What is printed is on the paper, and on its white."""
    for width in PAPER:
        for dark in (False, True):
            faults = faults_of(browser, page, width, dark=dark, media="print")
            must(not faults, "on paper of %d px: %s" % (width, faults))
            back = browser.evaluate("getComputedStyle(document.body).backgroundColor")
            must(back == "rgb(255, 255, 255)", "it is %s on paper" % back)
    browser.ask("Emulation.setEmulatedMedia", media="")


def check_print(browser, file):
    """On paper is all of the list, whatever is closed on the screen."""
    closed = "document.querySelectorAll('details:not([open])').length"
    must(browser.evaluate(closed) > 0, "nothing is closed, so this shows nothing")
    pdf, pages = browser.print()
    must(browser.evaluate(closed) > 0, "printing opened what was closed")
    file.write_bytes(pdf)
    browser.evaluate(OPEN_ALL)
    whole = browser.print()[1]
    must(pages == whole, "%d pages are printed, of %d" % (pages, whole))
    browser.evaluate("document.querySelectorAll('details ~ details').forEach(d => d.remove())")
    newest = browser.print()[1]
    must(pages > 2 * newest, "%d pages are printed, %d of them the newest day's" % (pages, newest))
    print("page_test: %d pages are printed" % pages)


def main():
    program, page, pictures = sys.argv[1:4]
    lines = sys.argv[4:]
    pictures = pathlib.Path(pictures)
    pictures.mkdir(parents=True, exist_ok=True)
    must(os.path.getsize(page) <= 1 << 20, "the page is larger than 1 MiB")
    with tempfile.TemporaryDirectory() as folder:
        browser = Browser(program, folder)
        try:
            must_find_faults(browser, folder)
            for width in WIDTHS:
                for dark in (False, True):
                    faults = faults_of(browser, os.path.abspath(page), width, dark=dark)
                    must(not faults, "at %d px: %s" % (width, faults))
                    if width == WIDTHS[-1] or not browser.has_many_rows():
                        contrast = browser.evaluate(CONTRAST)
                        must(contrast >= 4.5, "text has a contrast of only %.1f" % contrast)
                    if width == WIDTHS[-1] or not dark:
                        browser.picture(pictures / ("report-%d%s.png" %
                                                    (width, "-dark" if dark else "")))
            if lines:
                check_lines(browser, lines)
            else:
                check_words(browser)
                check_gaps(browser)
            dark = browser.evaluate("getComputedStyle(document.body).backgroundColor")
            must(dark != "rgb(255, 255, 255)", "it is white in the dark")
            if not browser.has_many_rows():
                check_paper(browser, os.path.abspath(page))
            browser.open(os.path.abspath(page), 1440, dark=True)
            if not lines and not browser.has_many_rows():
                check_print(browser, pictures / "report.pdf")
            elif lines or os.environ.get("MSIWATCH_TEST_LONG"):
                (pictures / "report.pdf").write_bytes(browser.print()[0])
            faults = browser.said()
            must(not faults, "printed: %s" % faults)
        finally:
            browser.close()
    print("page_test: %s: no fault at %s px; pictures in %s" %
          (page, ", ".join(map(str, WIDTHS)), pictures))


main()
