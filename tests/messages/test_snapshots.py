"""Twenty typical messages, word for word. `python test_snapshots.py` writes them anew."""

import importlib
import re
from pathlib import Path

import pytest
from message_table import CASES, answer

FILE = Path(__file__).with_name("snapshots.txt")
WHICH = {
    "data": [
        "too_many_features",
        "a_row_of_targets_missing",
        "no_rows",
        "strings_as_x",
        "nan_in_x",
        "a_key_of_x_misspelt",
        "one_row_without_its_axis",
    ],
    "labels": [
        "labels_from_one",
        "one_hot_with_a_sparse_loss",
        "three_classes_with_a_sigmoid",
    ],
    "arguments": [
        "batch_size_zero",
        "loss_misspelt",
        "two_losses_for_one_output",
        "callbacks_as_strings",
    ],
    "layers": [
        "activation_misspelt",
        "an_image_too_small_for_the_kernel",
        "a_word_out_of_range_in_fit",
    ],
    "order": ["fit_before_compile", "a_layer_in_place_of_its_output"],
    "custom": ["an_if_on_a_tensor_in_call", "a_numpy_ufunc_in_call"],
}
NAMES = [f"{topic}.{name}" for topic, names in WHICH.items() for name in names]


def whole_message(name: str) -> str:
    """A case's message; numbers that depend on what ran before are left out."""
    topic, case_name = name.split(".")
    importlib.import_module(f"cases_{topic}")
    case = next(c for c in CASES if (c.topic, c.name) == (topic, case_name))
    return re.sub(r"_\d+\b(?=[',\s])", "", answer(case).text)


def snapshots() -> dict[str, str]:
    """name -> message, as the file has them."""
    parts = re.split(r"^== (.+)\n", FILE.read_text(), flags=re.MULTILINE)[1:]
    return {name: text.rstrip("\n") for name, text in zip(parts[::2], parts[1::2], strict=True)}


@pytest.mark.parametrize("name", NAMES)
def test_message(name):
    assert whole_message(name) == snapshots()[name]


def test_no_snapshot_is_left_over():
    assert list(snapshots()) == NAMES


if __name__ == "__main__":
    FILE.write_text("\n".join(f"== {name}\n{whole_message(name)}\n" for name in NAMES))
