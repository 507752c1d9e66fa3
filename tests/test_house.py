"""The house rules that a tool can check: layers, purity, packaging, notebooks, pins."""

import ast
import json
import re
import socket
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from collections.abc import Callable, Iterator
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
MODULES = sorted((ROOT / "hedge_widgets").rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
JUPYTER = ROOT / "hedge_widgets/jupyter"
FOLDERS = ("hedge_widgets", "data", "docs", "notebooks", "tests", "binder", ".ci", ".github")
GENERATED = {"__pycache__", ".ipynb_checkpoints", ".git", ".coverage", ".DS_Store"}


def name_of(path: Path) -> str:
    """Return a path as the test report shows it."""
    return path.relative_to(ROOT).as_posix()


def files_in(*folders: Path) -> Iterator[Path]:
    """Yield the files below the folders, generated ones left out."""
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and GENERATED.isdisjoint(file.parts):
                yield file


def pins(file: str) -> dict[str, Requirement]:
    """Return the lines of a pin file by canonical name."""
    lines = (line.strip() for line in (ROOT / "binder" / file).read_text().splitlines())
    parsed = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert len(parsed) == len({canonicalize_name(pin.name) for pin in parsed}), f"{file}: a package is pinned twice"
    return {canonicalize_name(pin.name): pin for pin in parsed}


# Layers and purity


def test_layers() -> None:
    """Arrows point down only: the contracts of pyproject.toml hold."""
    script = Path(sysconfig.get_path("scripts")) / "lint-imports"
    result = subprocess.run([script, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


NUMPY_RANDOM_TYPES = {"BitGenerator", "Generator", "PCG64", "Philox", "SeedSequence"}
CLOCKS = {"now", "today", "utcnow"}


def impurities(tree: ast.AST) -> Iterator[str]:
    """Yield what makes a result depend on the moment it is computed."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names) if {name.name.partition(".")[0] for name in names} & {"time", "random"}:
                yield f"line {node.lineno}: imports a clock or the shared random generator"
            case ast.ImportFrom(module="time" | "random" | "numpy.random"):
                yield f"line {node.lineno}: imports from {node.module}; use numpy.random.default_rng(seed)"
            case ast.Call(func=ast.Attribute(attr=attribute)) if attribute in CLOCKS:
                yield f"line {node.lineno}: .{attribute}() reads the clock; take the date as an argument"
            case ast.Call(func=ast.Attribute(attr="default_rng"), args=[], keywords=[]):
                yield f"line {node.lineno}: default_rng() without a seed"
            case ast.Attribute(value=ast.Attribute(attr="random"), attr=attribute) if attribute not in {
                "default_rng",
                *NUMPY_RANDOM_TYPES,
            }:
                yield f"line {node.lineno}: numpy.random.{attribute} draws from shared state"


@pytest.mark.parametrize("path", sorted((ROOT / "hedge_widgets/model").glob("*.py")), ids=name_of)
def test_model_is_pure(path: Path) -> None:
    """The model reads no clock and draws no number without a seed."""
    assert not list(impurities(ast.parse(path.read_text())))


@pytest.mark.parametrize(
    "source",
    [
        "import time",
        "from random import choice",
        "import numpy as np\nnp.random.normal()",
        "import numpy as np\nnp.random.default_rng()",
        "import datetime\ndatetime.date.today()",
        "import pandas as pd\npd.Timestamp.now()",
    ],
)
def test_impurity_is_found(source: str) -> None:
    """The purity check sees each way out that it claims to close."""
    assert list(impurities(ast.parse(source)))


HEAVY = {"plotly", "yfinance", "ccxt"}


def loaded(source: str, packages: set[str]) -> str:
    """Return which of the packages a fresh interpreter has loaded after running the source."""
    report = f"import sys; print(*sorted({packages!r} & set(sys.modules)))"
    command = [sys.executable, "-c", f"{source}\n{report}"]
    result = subprocess.run(command, cwd=ROOT / "notebooks", capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()[-1]


def test_heavy_packages_are_imported_late() -> None:
    """No module pays for plotly or a data source when it is imported, only when one is asked for."""
    modules = [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in MODULES]
    assert loaded("\n".join(f"import {module}" for module in modules if "__main__" not in module), HEAVY) == ""


@pytest.mark.parametrize(
    "module", ["hedge_widgets.server.app", "hedge_widgets.server.lab", "hedge_widgets.published.first"]
)
def test_no_process_of_ours_builds_a_grammar_of_addresses(module: str) -> None:
    """jsonschema is loaded, without what it would check addresses in other scripts by; what it checks else stays."""
    asked = f"import {module}, jsonschema as j; assert 'uri' in j.draft7_format_checker.checkers"
    assert loaded(asked, {"jsonschema", "lark"}) == "jsonschema"
    assert loaded(f"{asked}; import rfc3987_syntax", {"lark"}) == "lark"  # who wants it still has it


def test_special_functions_do_not_load_the_compiler_of_fortran() -> None:
    """scipy.special would load numpy's f2py and test tools for their names; whoever wants them still has them."""
    direct = [path.name for path in MODULES if "from scipy.special import" in path.read_text()]
    assert direct == ["special.py"]
    asked = "from hedge_widgets.model.special import ndtr, stdtrit; import numpy"
    assert loaded(asked, {"numpy.f2py", "numpy.testing", "scipy.special"}) == "scipy.special"
    used = f"{asked}; assert numpy.f2py.__name__ == 'numpy.f2py' and numpy.testing.assert_equal"
    assert loaded(used, {"numpy.f2py", "numpy.testing"}) == "numpy.f2py numpy.testing"
    assert loaded(f"import numpy.testing as t; {asked}; assert numpy.testing is t", {"numpy.f2py"}) == ""


def code_cells(notebook: Path) -> list[dict]:
    """Return a notebook's code cells."""
    return [cell for cell in json.loads(notebook.read_text())["cells"] if cell["cell_type"] == "code"]


def test_first_screen_is_light() -> None:
    """The first notebook's code loads none of the packages that take long to load."""
    source = "\n".join("".join(cell["source"]) for cell in code_cells(ROOT / "notebooks/01_hedge_simulator.ipynb"))
    assert loaded(source, {*HEAVY, "pandas", "scipy"}) == ""


def test_the_front_door_lists_what_it_has() -> None:
    """A prompt completes the public names before any of them is imported, and each can be imported."""
    import hedge_widgets

    assert set(hedge_widgets.__all__) <= set(dir(hedge_widgets))
    assert all(getattr(hedge_widgets, name) is not None for name in hedge_widgets.__all__)
    asked = "import hedge_widgets; assert {'Portfolio', 'contract', '__version__'} <= set(dir(hedge_widgets))"
    assert loaded(asked, {*HEAVY, "numpy", "pandas", "scipy"}) == ""


# Notebooks


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=name_of)
def test_notebook_is_thin(notebook: Path) -> None:
    """Code cells hold imports, assignments and expressions; whatever is longer belongs into the package."""
    allowed = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.Expr)
    for cell in code_cells(notebook):
        source = "".join(cell["source"])
        for statement in ast.parse(source).body:
            assert isinstance(statement, allowed), f"{type(statement).__name__} in the cell:\n{source}"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=name_of)
def test_notebook_answers_in_sentences(notebook: Path) -> None:
    """What a code cell shows is the page, or a sentence or table in words, never a bare tuple of numbers."""
    for cell in code_cells(notebook):
        shown = ast.parse("".join(cell["source"])).body[-1]
        if isinstance(shown, ast.Expr):
            assert isinstance(shown.value, ast.Name) or ast.unparse(shown.value).startswith("Markdown("), ast.unparse(
                shown
            )


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=name_of)
def test_notebook_is_stored_without_results(notebook: Path) -> None:
    """A stored notebook carries no outputs, no counters and no widget state."""
    assert "widgets" not in json.loads(notebook.read_text())["metadata"]
    for cell in code_cells(notebook):
        source = "".join(cell["source"])
        assert not cell["outputs"], source
        assert cell["execution_count"] is None, source
        # nbval passes such a cell silently when its output is gone, so it would promise a check that never runs.
        assert "NBVAL_CHECK_OUTPUT" not in source


# The source tree


def test_no_private_address() -> None:
    """No file names a package registry, an index URL or a folder of one machine."""
    registries = r"pypi\.or" + r"g|pythonhosted\.or" + r"g|registry\.npmj" + r"s"
    options = r"--(extra-)?index-ur" + r"l"
    folders = r"(?<![\w.~$}/-])/(root|work|opt|Users|home)/[\w.]"
    forbidden = re.compile(f"{registries}|{options}|{folders}")
    found = []
    top = [path for path in ROOT.iterdir() if path.is_file() and path.name not in GENERATED]
    for file in [*top, *files_in(*(ROOT / folder for folder in FOLDERS))]:
        lines = file.read_text(errors="replace").splitlines()
        found += [f"{name_of(file)}:{n}: {line[:100]}" for n, line in enumerate(lines, 1) if forbidden.search(line)]
    assert not found, "\n".join(found)


# The browser's scripts


def test_scripts_are_short() -> None:
    """A module of the browser's script is read in one sitting."""
    files = [file for file in files_in(ROOT / "hedge_widgets", ROOT / "tests") if file.name.endswith((".js", ".d.ts"))]
    lengths = {name_of(file): len(file.read_text().splitlines()) for file in files}
    assert {name: n for name, n in lengths.items() if n > 250} == {}


def test_scripts_are_checked() -> None:
    """Types are strict, no file and no rule is left out by a comment, and the tools have one exact version each."""
    options = json.loads((ROOT / "tsconfig.json").read_text())["compilerOptions"]
    assert options["checkJs"]
    assert options["strict"]
    tools = json.loads((ROOT / "package.json").read_text())
    assert tools.keys().isdisjoint({"dependencies", "scripts"})
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in tools["devDependencies"].values())
    for file in files_in(ROOT / "hedge_widgets"):
        if file.suffix == ".js":
            assert not re.search(r"@ts-(ignore|nocheck|expect-error)|biome-ignore", file.read_text()), name_of(file)


def test_no_lock_file() -> None:
    """A lock file of npm holds the addresses of a registry; exact versions without dependencies need none."""
    assert not [path.name for path in ROOT.iterdir() if path.name in {"package-lock.json", "npm-shrinkwrap.json"}]


# Pins


@pytest.mark.parametrize("file", ["constraints.txt", "requirements.txt"])
def test_every_requirement_is_pinned(file: str) -> None:
    """Each line is one exact version, without a URL."""
    for pin in pins(file).values():
        assert pin.url is None, pin
        assert [spec.operator for spec in pin.specifier] == ["=="], pin
        assert "*" not in str(pin.specifier), pin


def test_binder_has_the_same_pins() -> None:
    """Binder runs the versions that the tests run."""
    constraints = pins("constraints.txt")
    for name, pin in pins("requirements.txt").items():
        assert name in constraints, f"{name} is not in constraints.txt"
        assert pin.specifier == constraints[name].specifier


def test_pins_satisfy_the_project() -> None:
    """Every direct dependency has a pin inside its bounds."""
    constraints = pins("constraints.txt")
    extras = [item for group in PROJECT["optional-dependencies"].values() for item in group]
    for requirement in map(Requirement, [*PROJECT["dependencies"], *extras, *PYPROJECT["build-system"]["requires"]]):
        pin = constraints.get(canonicalize_name(requirement.name))
        assert pin is not None, f"{requirement.name} has no pin"
        version = str(pin.specifier).removeprefix("==")
        assert requirement.specifier.contains(version), f"{requirement} does not allow {version}"


def test_binder_installs_all_it_needs() -> None:
    """Binder's file holds every dependency of the dependencies and the build backend, as its Python resolves them."""
    version = (ROOT / "binder/runtime.txt").read_text().strip().removeprefix("python-")
    binder = {"python_version": version, "python_full_version": f"{version}.0"}
    to_visit = [Requirement(item) for item in [*PROJECT["dependencies"], *PYPROJECT["build-system"]["requires"]]]
    seen: set[tuple[str, str]] = set()
    while to_visit:
        requirement = to_visit.pop()
        for extra in ["", *requirement.extras]:
            key = (canonicalize_name(requirement.name), extra)
            if key in seen:
                continue
            seen.add(key)
            children = map(Requirement, requires(requirement.name) or [])
            to_visit += [c for c in children if c.marker is None or c.marker.evaluate({**binder, "extra": extra})]
    assert {name for name, _ in seen} == set(pins("requirements.txt"))


# The wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with the installed build backend."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a fresh environment and return its folder of commands.

    The dependencies come from the running environment by a path file, so nothing is fetched; an editable
    install there does not show through, because path files are not read in folders that a path file adds.
    """
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment, with_pip=False)
    commands = environment / Path(sysconfig.get_path("scripts")).name
    pip = [sys.executable, "-m", "pip", "--python", commands / "python", "--disable-pip-version-check"]
    install = [*pip, "install", "--no-index", "--no-deps", wheel]
    result = subprocess.run(install, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    (site_packages,) = environment.glob("[Ll]ib/**/site-packages")
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return commands


def test_wheel_holds_everything(wheel: Path) -> None:
    """Package, scripts and styles, data, notebooks and Jupyter's settings are in the wheel, and nothing else."""
    places = {ROOT / "hedge_widgets": "hedge_widgets", JUPYTER: f"hedge_widgets-{PROJECT['version']}.data/data"}
    places |= {ROOT / name: f"hedge_widgets/{name}" for name in ("data", "notebooks")}
    expected = {
        f"{place}/{f.relative_to(folder).as_posix()}" for folder, place in places.items() for f in files_in(folder)
    }
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == expected
    assert "hedge_widgets/py.typed" in names  # without it a type checker reads no annotation of ours


def test_source_distribution_names_every_folder() -> None:
    """What the source distribution lists is there, documents and tests among it."""
    listed = PYPROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["only-include"]
    assert {"hedge_widgets", "data", "docs", "notebooks", "tests", "binder"} <= set(listed)
    assert all((ROOT / name).exists() for name in listed)


def test_wheel_works_from_an_empty_directory(installed: Path, tmp_path: Path) -> None:
    """Away from the checkout the installed wheel finds its own code, data and notebooks, and its command starts."""
    source = "from hedge_widgets.resources import resource; print(resource('data'), resource('notebooks'), sep='\\n')"
    result = subprocess.run([installed / "python", "-c", source], cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    for folder in map(Path, result.stdout.splitlines()):
        assert folder.is_relative_to(installed.parent)
        assert any(folder.iterdir())
    result = subprocess.run([installed / "hedge-widgets", "--help"], cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "app" in result.stdout


def test_wheel_brings_jupyter_settings(installed: Path) -> None:
    """Template and server settings arrive where Jupyter looks for them."""
    files = list(files_in(JUPYTER))
    assert files
    for file in files:
        assert (installed.parent / file.relative_to(JUPYTER)).read_bytes() == file.read_bytes()


# The network


@pytest.mark.parametrize(
    "reach",
    [lambda: socket.create_connection(("192.0.2.1", 80), timeout=1), lambda: socket.getaddrinfo("example.com", 80)],
)
def test_network_is_closed(reach: Callable[[], object]) -> None:
    """A test that reaches for another machine fails and says so."""
    with pytest.raises(RuntimeError, match="tests run without network"):
        reach()


def test_this_machine_is_open(free_port: int) -> None:
    """Servers of the tests themselves are within reach."""
    with socket.create_server(("127.0.0.1", free_port)), socket.create_connection(("localhost", free_port), timeout=5):
        pass
