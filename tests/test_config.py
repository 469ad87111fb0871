"""Settings: file, then environment, then flags; every slip is named."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from mesmart_kg.config import MASK, Config, load_config, project_folder
from mesmart_kg.errors import ConfigError


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_an_empty_folder_gets_the_packaged_project_and_its_own_shelf(tmp_path: Path) -> None:
    config = load_config({}, {}, tmp_path)

    assert config.paths.data == project_folder() / "data"
    assert config.paths.releases == tmp_path / "releases"
    assert config.web.host == "127.0.0.1"
    assert config.web.port == 8010
    assert config.engine.seconds == 10.0
    assert dict(config.origins) == {}


def test_the_checkout_above_the_working_directory_is_found(project: Path) -> None:
    config = load_config({}, {}, project / "src" / "mesmart_kg")

    assert config.paths.data == project / "data"
    assert config.origins["paths.data"] == str(project / "pyproject.toml")


def test_flags_win_over_variables_and_variables_over_the_file(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", "[tool.mesmart.web]\nport = 1111\nthreads = 3\nhost = '::1'\n")
    environ = {"MESMART_WEB__PORT": "2222", "MESMART_WEB__THREADS": "4", "PATH": "/bin"}

    config = load_config({"web.port": 3333, "web.host": None}, environ, tmp_path)

    assert (config.web.port, config.web.threads, config.web.host) == (3333, 4, "::1")
    assert config.origins["web.port"] == "the flag --port"
    assert config.origins["web.threads"] == "the variable MESMART_WEB__THREADS"


@pytest.mark.parametrize("named_by", ["flag", "variable"])
def test_a_named_file_replaces_that_of_the_checkout(tmp_path: Path, named_by: str) -> None:
    write(tmp_path / "pyproject.toml", "[tool.mesmart.web]\nport = 1111\nthreads = 3\n")
    named = write(tmp_path / "etc" / "mesmart.toml", '[web]\nport = 4444\n[paths]\nreleases = "../shelf"\n')

    if named_by == "flag":
        config = load_config({}, {}, tmp_path, file=Path("etc/mesmart.toml"))
    else:
        config = load_config({}, {"MESMART_CONFIG": str(named)}, tmp_path)

    assert config.web.port == 4444
    assert config.web.threads == Config().web.threads
    assert config.paths.releases.resolve() == tmp_path / "shelf"


def test_paths_in_variables_start_at_the_working_directory(tmp_path: Path) -> None:
    config = load_config({}, {"MESMART_PATHS__RELEASES": "here"}, tmp_path)

    assert config.paths.releases == tmp_path / "here"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[web]\nprt = 1\n", ["unknown setting web.prt", "mesmart.toml", "web.port"]),
        ("[sight]\nbase_iri = 'x'\n", ["unknown setting sight.base_iri", "site.base_iri"]),
        ("port = 1\n", ["port = 1", "section"]),
        ("[web]\nport = 'http'\n", ["web.port = 'http'", "a whole number"]),
        ("[web]\nport = 70000\n", ["web.port = 70000", "from 0 to 65535"]),
        ("[web]\nport = true\n", ["web.port = True", "a number"]),
        ("[web]\nport = 80.5\n", ["web.port = 80.5", "a whole number"]),
        ("[engine]\nseconds = 0\n", ["engine.seconds = 0", "from 0.05"]),
        ("[engine]\nkind = 'fast'\n", ["engine.kind = 'fast'", "embedded, remote"]),
        ("[site]\nlanguages = [1]\n", ["site.languages = [1]", "a list of texts"]),
        ("[engine]\nendpoint = 'https://me:secret@example.org/sparql'\n", ["engine.endpoint", "no password"]),
        ("[engine]\nkind = 'remote'\n", ["engine.endpoint"]),
        ("[site]\nbase_iri = 'https://example.org/data'\n", ["site.base_iri", 'ends with "/"']),
        ("[site]\nlanguages = ['it', 'de']\n", ["site.languages", '"it" and "en"']),
        ("[site]\npublisher = 3\n", ["site.publisher = 3", "text"]),
        ("[paths]\ndata = 3\n", ["paths.data = 3", "a path"]),
        ("[web\n", ["mesmart.toml", "not TOML"]),
    ],
)
def test_a_wrong_file_is_refused_with_key_value_origin_and_remedy(
    tmp_path: Path, text: str, words: list[str]
) -> None:
    file = write(tmp_path / "mesmart.toml", text)

    with pytest.raises(ConfigError) as caught:
        load_config({}, {}, tmp_path, file=file)

    for word in words:
        assert word in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml can't be read"):
        load_config({}, {}, tmp_path, file=tmp_path / "nowhere.toml")


def test_a_variable_with_a_slip_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"MESMART_WEB__PROT.*web\.port"):
        load_config({}, {"MESMART_WEB__PROT": "80"}, tmp_path)


def test_lists_in_variables_are_separated_by_commas(tmp_path: Path) -> None:
    config = load_config({}, {"MESMART_SITE__LANGUAGES": "en, it"}, tmp_path)

    assert config.site.languages == ("en", "it")


def test_secrets_come_from_the_environment_only_and_are_never_shown(tmp_path: Path) -> None:
    config = load_config({}, {"MESMART_ENGINE__PASSWORD": "hunter2"}, tmp_path)
    shown = {setting.name: setting.value for setting in config.settings()}

    assert config.engine.password == "hunter2"
    assert shown["engine.password"] == MASK
    assert "hunter2" not in repr(list(config.settings()))
    assert "hunter2" not in repr(config)

    file = write(tmp_path / "mesmart.toml", "[engine]\npassword = 'hunter2'\n")
    with pytest.raises(ConfigError, match="MESMART_ENGINE__PASSWORD") as caught:
        load_config({}, {}, tmp_path, file=file)
    assert "hunter2" not in str(caught.value)


def test_settings_are_complete_and_each_says_what_it_is(tmp_path: Path) -> None:
    config = load_config({}, {}, tmp_path)
    settings = list(config.settings())

    declared = [
        f"{section}.{field.name}"
        for section in ("site", "paths", "build", "engine", "web", "inbox")
        for field in dataclasses.fields(getattr(config, section))
    ]
    assert [setting.name for setting in settings] == declared
    assert all(setting.about.endswith(".") for setting in settings)
    assert all(setting.origin == "default" for setting in settings)


def test_the_configuration_can_not_be_changed() -> None:
    config = Config()

    with pytest.raises(dataclasses.FrozenInstanceError):
        config.web.port = 1  # type: ignore[misc]  # that it is refused is what we test
