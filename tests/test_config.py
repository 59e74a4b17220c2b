from pathlib import Path

import pytest

from mem.config import Config, load_config, parse_setting, setting_names
from mem.errors import ConfigError


@pytest.fixture
def load(tmp_path):
    """`load(file, environ, **flags)`"""

    def run(text: str | bytes = "", environ: dict[str, str] | None = None, **flags) -> Config:
        if text:
            (tmp_path / "config.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_config({"MEM_HOME": str(tmp_path), **(environ or {})}, flags)

    return run


def test_without_anything_the_defaults_hold(load, tmp_path):
    config = load()

    assert (config.profile, config.model, config.budget_tokens, config.flash_attention) == ("default", "starter", 0, True)
    assert config.sources == {}
    assert config.profile_dir == tmp_path / "data" / "profiles" / "default"


def test_a_flag_beats_the_environment_which_beats_the_file(load, tmp_path):
    text = 'model = "file"\napi_base = "file"\nembedder = "file"'
    environ = {"MEM_API_BASE": "environment", "MEM_EMBEDDER": "environment"}
    config = load(text, environ, embedder="flag", model=None)

    assert (config.model, config.api_base, config.embedder) == ("file", "environment", "flag")
    assert config.sources == {"model": str(tmp_path / "config.toml"), "api_base": "environment", "embedder": "flag"}


def test_an_empty_variable_is_as_none_and_a_stranger_is_left_alone(load):
    config = load('model = "file"', {"MEM_MODEL": "", "MEM_NO_SUCH": "x", "MODEL": "y"})

    assert config.model == "file"


@pytest.mark.parametrize("raw", ["true", "True", "1", "yes", "on", True])
def test_what_means_true(raw):
    assert parse_setting("flash_attention", raw, source="x") is True


@pytest.mark.parametrize("raw", ["false", "FALSE", "0", "no", "off", False])
def test_what_means_false(raw):
    assert parse_setting("flash_attention", raw, source="x") is False


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [("answer_tokens", "64", 64), ("answer_tokens", 64, 64), ("temperature", "0.7", 0.7), ("temperature", 1, 1.0),
     ("n_gpu_layers", 20, "20"), ("model", "a/b", "a/b"), ("tools", "off", "off")],
)  # fmt: skip
def test_a_value_is_read_in_the_type_of_its_setting(name, raw, value):
    parsed = parse_setting(name, raw, source="x")

    assert (parsed, type(parsed)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("answer_tokens", "many", "a whole number of at least 16"),
        ("answer_tokens", "15", "a whole number of at least 16"),
        ("answer_tokens", 20.5, "a whole number"),
        ("answer_tokens", True, "a whole number"),
        ("answer_tokens", "9" * 5000, "a whole number"),
        ("budget_tokens", -1, "a whole number of at least 0"),
        ("temperature", "hot", "a number of at least 0"),
        ("temperature", "nan", "a number"),
        ("temperature", "inf", "a number"),
        ("temperature", 10**400, "a number"),
        ("temperature", -0.1, "a number of at least 0"),
        ("temperature", [], "a number"),
        ("flash_attention", "maybe", "true or false"),
        ("tools", "sometimes", "auto or on or off"),
        ("kv_cache_type", "q4_0", "f16 or q8_0"),
        ("model", {"a": 1}, "text"),
        ("model", ["a"], "text"),
        ("model", "a\x00b", "text"),
    ],
)
def test_a_wrong_value_is_named_with_its_source_and_what_would_be_right(name, raw, expected):
    with pytest.raises(ConfigError) as error:
        parse_setting(name, raw, source="the source")

    message = str(error.value)
    assert message.startswith(f"the source: {name} = ")
    assert f"should be {expected}" in message
    assert "\n" not in message
    assert len(message) < 250


@pytest.mark.parametrize("name", ["nonsense", "paths", "sources", "profile_dir", "__class__", ""])
def test_what_is_no_setting_is_refused(name):
    with pytest.raises(ConfigError, match="there is no setting"):
        parse_setting(name, "x", source="x")


@pytest.mark.parametrize(
    "text",
    ["model = ", "model = starter", b"\xff\xfe", b"model = '\xff'", "[", "a = 1\na = 2", f"answer_tokens = {'9' * 5000}"],
)
def test_a_file_that_is_not_toml_is_one_line_that_names_it(load, text, tmp_path):
    with pytest.raises(ConfigError) as error:
        load(text)

    assert str(tmp_path / "config.toml") in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["nonsense = 1", "[section]\nmodel = 'x'", "answer_tokens = 'x'", "profile = '../x'"])
def test_a_file_with_a_wrong_setting_is_refused(load, text):
    with pytest.raises(ConfigError):
        load(text)


def test_a_profile_name_that_leads_elsewhere_is_refused_wherever_it_comes_from(load):
    with pytest.raises(ConfigError, match="profile name"):
        load(environ={"MEM_PROFILE": "../../etc"})
    with pytest.raises(ConfigError, match="profile name"):
        load(profile="/etc")


def test_a_directory_in_the_place_of_the_file_is_an_error_of_one_line(load, tmp_path):
    (tmp_path / "config.toml").mkdir()

    with pytest.raises(ConfigError, match="cannot read"):
        load()


def test_every_setting_has_a_meaning_and_can_be_set_by_its_variable(load):
    config = Config(load().paths)
    for name in setting_names():
        value = getattr(config, name)
        assert parse_setting(name, str(value).lower() if isinstance(value, bool) else str(value), source="x") == value

    assert "profile" in setting_names()
    assert Path(config.profile_dir).name == "default"
