"""The page's script, run in a browser where there is one."""

import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

BROWSER = shutil.which("chromium") or shutil.which("google-chrome") or ""
SCRIPT = files("real_cloned.reporting").joinpath("page.js").read_text(encoding="utf-8")
TABLE = """<table class="sortable"><thead><tr><th scope="col">Model</th><th scope="col" class="number">Top-1</th></tr>
</thead><tbody>
<tr><td>b 10</td><td data-key="9">9.0</td></tr><tr><td>–</td><td data-key="-1">−1.0</td></tr>
<tr><td>b 9</td><td data-key="">–</td></tr><tr><td>A</td><td data-key="80">80.0</td></tr>
</tbody></table>"""
ASK = """
const buttons = document.querySelectorAll("th button");
const state = () => [...document.querySelectorAll("tbody tr")].map((row) => row.cells[0].textContent).join("|")
  + " " + [...document.querySelectorAll("th")].map((th) => th.getAttribute("aria-sort")).join("|");
const said = [state()];
for (const column of [1, 1, 1, 0, 0, 1]) {
  buttons[column].focus();
  document.activeElement.click();
  said.push(state());
}
document.body.textContent = "";
document.title = said.join("; ");
"""


@pytest.mark.skipif(not BROWSER, reason="needs Chromium")
def test_headings_sort_rising_then_falling_then_as_it_was_with_missing_values_last(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(f"<title></title><body>{TABLE}<script>{SCRIPT}</script><script>{ASK}</script>", encoding="utf-8")
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    done = subprocess.run([*command, "--dump-dom", page.as_uri()], capture_output=True, text=True, check=True)
    said = done.stdout.split("<title>")[1].split("</title>")[0].split("; ")
    assert said == [
        "b 10|–|b 9|A |",
        "–|b 10|A|b 9 |ascending",
        "A|b 10|–|b 9 |descending",
        "b 10|–|b 9|A |",
        "A|b 9|b 10|– ascending|",
        "b 10|b 9|A|– descending|",
        "–|b 10|A|b 9 |ascending",
    ]
