"""The app over HTTP: a real server in a process of its own, real requests, no browser."""

import asyncio
import gzip
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import brotli
import nbformat
import pytest

from hedge_widgets.live.page import PLOTLY
from hedge_widgets.resources import PACKAGE
from hedge_widgets.server.kernels import AsyncMappingKernelManager, CappedGrace
from hedge_widgets.server.scripts import accepted, boot_files, mended
from tests.live.node import node
from tests.server.client import FIRST, Site, answers, app, kernel_of, notebook, opened, refused, running


@pytest.fixture(scope="session")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notebooks")
    (folder / FIRST).write_text(notebook("import os\nprint('echo', os.environ['JUPYTER_WIDGETS_ECHO'], os.getpid())"))
    (folder / "broken.ipynb").write_text(notebook("def secret():\n    1 / 0\nsecret()"))
    formula = nbformat.v4.new_markdown_cell("It costs $5 and $7; $x < y$, `$1 or 2$`, $\\left( z$.\n\n$$\\frac{a}{b}$$")
    nbformat.write(nbformat.v4.new_notebook(cells=[formula]), folder / "formula.ipynb")
    (folder / "plain.ipynb").write_text(notebook("print('on a server')", voila={"template": "hedge_widgets"}))
    return folder


@pytest.fixture(scope="session")
def site(notebooks: Path) -> Iterator[Site]:
    with app(notebooks) as site:
        yield site


def test_home_leads_to_the_first_page(site: Site) -> None:
    response, _ = site.get("/?lev=5")
    assert response.status == 302
    assert response.getheader("Location") == f"/voila/render/{FIRST}?lev=5"


def test_page_is_whole_and_asks_no_other_host(site: Site) -> None:
    response, body = site.get(f"/voila/render/{FIRST}")
    page = body.decode()
    assert response.status == 200
    assert "echo 0" in page
    for part in ("<title>", '<main id="rendered_cells">', "<noscript>", 'id="loading"', "hw-theme", '<html lang="en">'):
        assert part.lower().replace("hw-theme", "hwtheme") in page.lower(), part
    addresses = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert addresses
    assert [address for address in addresses if not address.startswith(("/", "data:"))] == []
    assert "jupyterlab-plotly" not in page
    assert "frame-ancestors 'self'" in str(response.getheader("Content-Security-Policy"))


def test_every_script_and_style_of_the_page_exists(site: Site) -> None:
    page = site.text(f"/voila/render/{FIRST}")
    addresses = set(re.findall(r'(?:src|href)="(/[^"]*)"', page))
    assert len(addresses) >= 6
    assert {address: site.get(address)[0].status for address in addresses} == dict.fromkeys(addresses, 200)


def test_plotly_is_served_once_for_all_time(site: Site) -> None:
    address = re.search(r'name="hedge-widgets-plotly" content="([^"]+)"', site.text(f"/voila/render/{FIRST}"))[1]
    response, body = site.get(address, Accept_Encoding="gzip")
    assert response.getheader("Content-Encoding") == "gzip"
    assert "immutable" in str(response.getheader("Cache-Control"))
    assert len(body) < 520_000
    assert gzip.decompress(body) == PLOTLY.read_bytes()
    assert site.get(address)[1] == PLOTLY.read_bytes()
    alias, _ = site.get("/hedge_widgets/plotly.js")
    assert (alias.status, alias.getheader("Location")) == (302, address.rpartition("/")[2])
    assert site.get("/hedge_widgets/other.js")[0].status == 404


def test_plotly_has_no_amd_branch() -> None:
    """With one, require.js on the page would take plotly.js and ``window.Plotly`` would stay empty."""
    assert b"define.amd" not in PLOTLY.read_bytes()


def test_boot_list_fits_the_installed_versions() -> None:
    """A stale list is harmless but slow: renew it from the browser's list of loaded scripts."""
    listed = json.loads((PACKAGE / "server" / "boot_files.json").read_text())
    assert len(boot_files()) == sum(map(len, listed.values()))


def test_scripts_come_as_small_as_the_browser_reads_them(site: Site) -> None:
    """Brotli when it is there, gzip until then and for whoever reads no other, unpacked for nobody in particular."""
    address, end = site.get("/hedge_widgets/boot.js")[0].getheader("Location"), time.monotonic() + 90
    while (found := site.get(f"/hedge_widgets/{address}", Accept_Encoding="gzip, deflate, br, zstd"))[0].getheader(
        "Content-Encoding"
    ) != "br":
        assert time.monotonic() < end
        time.sleep(0.5)
    response, plain = site.get(f"/hedge_widgets/{address}")
    assert response.getheader("Content-Encoding") is None
    assert brotli.decompress(found[1]) == plain
    response, body = site.get(f"/hedge_widgets/{address}", Accept_Encoding="br;q=0, gzip")
    assert response.getheader("Content-Encoding") == "gzip"
    assert gzip.decompress(body) == plain
    assert len(found[1]) < 0.8 * len(body)
    assert "Accept-Encoding" in str(response.getheader("Vary"))


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("", set()),
        ("gzip", {"gzip"}),
        ("GZIP;q=1.0, Br ; q=0.5,zstd;q=0", {"gzip", "br"}),
        ("br;q=0.000, *", set()),
        (";;,=,gzip;q", set()),
    ],
)
def test_an_encoding_is_read_as_it_is_meant(header: str, taken: set[str]) -> None:
    assert accepted(header) == taken


def test_labels_load_no_mathjax() -> None:
    """In the installed Voila the typesetter waits for TeX; another script stays as it is."""
    boot = b"".join(path.read_bytes() for path in boot_files())
    condition = re.search(rb"async typeset\(e\)\{if\(!(.+?)\)return;try\{", mended(boot))[1].decode()
    texts = {
        "": False,
        "Position, $": False,
        "From $600 up": False,
        "$x^2$": True,
        "a $$\\frac{a}{b}$$ b": True,
        "\\(x\\)": True,
        "\\[x\\]": True,
        "\\begin{align}x\\end{align}": True,
    }
    judged = f"{json.dumps([*texts])}.map((textContent) => {{ const e = {{ textContent }}; return {condition}; }})"
    script = f"console.log(JSON.stringify({judged}))"
    assert json.loads(node("--eval", script)) == [*texts.values()]
    assert mended(b"async typeset(e){await 1}") == b"async typeset(e){await 1}"


def test_a_widget_that_comes_late_is_found() -> None:
    """The installed manager looks once more when its patience ends: a model may come in its very last pause."""
    boot = b"".join(path.read_bytes() for path in boot_files()).decode(errors="replace")
    found = r"async get_model\(e\)\{let t=this\._models\[e\];.+?\}return t\}(?=has_model)"
    script = """
      let time = 0; Date.now = () => time;
      const late = (models) => { globalThis.setTimeout = (go) => {
        time += 2001; Object.assign(models, { a: 1 }); go(); }; };
      const answers = [METHODS].map(async (source) => {
        const manager = eval(`({ _models: {}, ${source} })`); late(manager._models);
        return manager.get_model("a").catch((error) => error.message); });
      console.log(JSON.stringify([await Promise.all(answers)]))"""
    asked = []
    for source in (boot, mended(boot.encode()).decode()):
        methods = json.dumps(re.search(found, source)[0])
        asked += json.loads(node("--input-type=module", "--eval", script.replace("METHODS", methods)))[0]
    assert asked == ["widget model not found", 1]


def test_formulas_come_typeset(site: Site) -> None:
    """As MathML; in code, in amounts of dollars and in what is no TeX nothing changes."""
    page = site.text("/voila/render/formula.ipynb")
    assert page.count("<math") == 2
    assert "$1 or 2$" in page
    assert "costs $5 and" in page
    assert r"$\left( z$" in page


def test_labextensions_are_cached(site: Site) -> None:
    page = site.text(f"/voila/render/{FIRST}")
    address = re.search(r'href="(/voila/labextensions/anywidget/[^"]+)"', page)[1]
    assert "immutable" in str(site.get(address)[0].getheader("Cache-Control"))


@pytest.mark.parametrize("path", ["/nowhere", "/voila/render/nowhere.ipynb", "/voila/tree", "/voila/api/contents/"])
def test_missing_page_is_said_plainly(site: Site, path: str) -> None:
    response, body = site.get(path)
    assert response.status == 404
    assert b"This page does not exist" in body
    assert b"Traceback" not in body


@pytest.mark.parametrize("place", ["cross-site", "same-site"])
@pytest.mark.parametrize("what", ["empty", "image", "iframe"])
def test_page_of_another_site_starts_no_kernel(site: Site, place: str, what: str) -> None:
    """A person may follow its link; a script or frame of it may not fetch pages behind the visitor's back."""
    fetched, body = site.get(f"/voila/render/{FIRST}", Sec_Fetch_Site=place, Sec_Fetch_Dest=what)
    assert fetched.status == 403
    assert b"kernelId" not in body
    assert b"Traceback" not in body


def test_link_from_another_site_opens_the_page(site: Site) -> None:
    followed, body = site.get(f"/voila/render/{FIRST}", Sec_Fetch_Site="cross-site", Sec_Fetch_Dest="document")
    assert followed.status == 200
    assert site.leave(followed, body).status == 204


def test_notebook_source_is_not_served(site: Site) -> None:
    assert site.get(f"/voila/files/{FIRST}")[0].status == 403


def test_broken_cell_shows_a_sentence(site: Site) -> None:
    page = site.text("/voila/render/broken.ipynb")
    assert "could not be computed" in page
    assert "ZeroDivisionError" not in page
    assert "secret" not in page


def test_page_left_gives_its_kernel_back(site: Site) -> None:
    response, body = site.get(f"/voila/render/{FIRST}")
    kernel = re.search(rb'"kernelId": "([\w-]+)"', body)[1].decode()
    assert site.get(f"/api/kernels/{kernel}")[0].status == 200
    assert site.leave(response, body).status == 204
    assert site.get(f"/api/kernels/{kernel}")[0].status == 404


@pytest.fixture(scope="module")
def small(notebooks: Path) -> Iterator[Site]:
    """Give a server behind a prefix that has two places."""
    options = ["--Voila.base_url=/hedge/", "--CappedGrace.max_kernels=2", "--VoilaKernelManager.fill_delay=0.1"]
    with app(notebooks, *options) as site:
        yield site


def test_prefix_is_kept(small: Site) -> None:
    assert small.get("/hedge/")[0].getheader("Location") == f"/hedge/voila/render/{FIRST}"
    response, body = small.get(f"/hedge/voila/render/{FIRST}")
    assert b'name="hedge-widgets-plotly" content="/hedge/hedge_widgets/plotly-' in body
    assert small.get("/hedge/hedge_widgets/plotly.js")[0].status == 302
    assert small.leave(response, body, prefix="/hedge").status == 204


def test_full_server_says_so_and_recovers(small: Site) -> None:
    page = f"/hedge/voila/render/{FIRST}"
    first, body = small.get(page)
    assert first.status == 200
    assert small.get(page)[0].status == 200
    full, said = small.get(page)
    assert full.status == 503
    assert b"All places are taken" in said
    assert small.get(page, method="HEAD")[0].status == 503
    assert small.leave(first, body, prefix="/hedge").status == 204
    assert small.get(page)[0].status == 200


def test_kernel_just_handed_out_is_not_culled(monkeypatch: pytest.MonkeyPatch) -> None:
    culled: list[str] = []

    async def cull(self: object, kernel_id: str) -> None:
        culled.append(kernel_id)

    monkeypatch.setattr(AsyncMappingKernelManager, "cull_kernel_if_idle", cull)
    kernels = CappedGrace(grace_seconds=0.05)
    asyncio.run(kernels.cull_kernel_if_idle("k"))
    assert culled == []
    time.sleep(0.06)
    asyncio.run(kernels.cull_kernel_if_idle("k"))
    assert culled == ["k"]


def test_jupyter_server_serves_the_same_page(notebooks: Path, free_port: int) -> None:
    """As on Binder: `/voila/render/` of a Jupyter server behind a prefix, with our template and plotly.js."""
    extensions = "{'hedge_widgets.server': True, 'voila.server_extension': True}"
    options = [f"--ServerApp.jpserver_extensions={extensions}", f"--ServerApp.root_dir={notebooks}", "--allow-root"]
    options += ["--IdentityProvider.token=", "--ServerApp.base_url=/user/x/", "--ServerApp.open_browser=False"]
    with running(
        ["jupyter_server", *options, f"--ServerApp.port={free_port}"],
        r"http://127\.0\.0\.1:(\d+)/user/x/",
        JUPYTER_PATH=str(PACKAGE / "jupyter" / "share" / "jupyter"),
    ) as site:
        page = site.text("/user/x/voila/render/plain.ipynb")
        assert "on a server" in page
        assert '<main id="rendered_cells">' in page
        address = re.search(r'name="hedge-widgets-plotly" content="(/user/x/hedge_widgets/plotly-[^"]+)"', page)[1]
        assert site.get(address)[0].status == 200
        assert "jupyterlab-plotly" not in page
        # No formula waits for a foreign host: the page's script carries MathJax where it is told of no other.
        told = json.loads(re.search(r'id="jupyter-config-data" type="application/json">(.*?)</script>', page)[1])
        assert (told["fullMathjaxUrl"], told["mathjaxConfig"]) == (None, None)
        asyncio.run(refuse_bad_frames(site, kernel_of(page.encode()), prefix="/user/x"))
        # A page that is left gives its kernel back there too.
        response, body = site.get("/user/x/voila/render/plain.ipynb")
        kernel = kernel_of(body)
        assert site.get(f"/user/x/api/kernels/{kernel}")[0].status == 200
        assert site.leave(response, body, prefix="/user/x").status == 204
        assert site.get(f"/user/x/api/kernels/{kernel}")[0].status == 404
        assert site.get("/user/x/voila/render/plain.ipynb", method="HEAD")[0].status == 200


async def refuse_bad_frames(site: Site, kernel: str, **where: str) -> None:
    """Check that a frame that would stop the server closes its socket, with and without the subprotocol."""
    for is_v1, frame in ((True, bytes(7) + b"\x80"), (False, "no JSON")):
        async with opened(site, kernel, is_v1=is_v1, **where) as connection:
            assert await refused(connection, frame) == 1008
        async with opened(site, kernel, is_v1=is_v1, **where) as connection:
            assert await answers(connection, is_v1=is_v1)


def test_lab_opens_on_the_notebooks(notebooks: Path, free_port: int) -> None:
    command = ["hedge_widgets.cli", "lab", "--no-browser", "--port", str(free_port), "--notebooks", str(notebooks)]
    with running([*command, "--", "--IdentityProvider.token=t"], r"http://127\.0\.0\.1:(\d+)/lab") as site:
        listing = json.loads(site.get("/api/contents/?token=t")[1])
        assert FIRST in [entry["name"] for entry in listing["content"]]
        assert site.get("/hedge_widgets/plotly.js")[0].status == 302
        kernel = json.loads(site.get("/api/kernels?token=t", method="POST")[1])["id"]
        asyncio.run(refuse_bad_frames(site, kernel, token="t"))
