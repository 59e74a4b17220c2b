from __future__ import annotations

from mem.models.calibration import Calibration, calibrate, kept_calibration
from mem.models.scripted import HashEmbedder


class Counting(HashEmbedder):
    asked = 0

    def embed_passages(self, texts):
        self.asked += len(texts)
        return super().embed_passages(texts)


def test_what_means_the_same_is_nearer_than_what_has_nothing_in_common():
    found = calibrate(HashEmbedder())

    assert -1 <= found.unrelated < found.same <= 1


def test_an_embedder_is_measured_once(tmp_path):
    first, second = Counting(), Counting()

    assert kept_calibration(first, tmp_path) == kept_calibration(second, tmp_path)
    assert (first.asked, second.asked) == (32, 0)
    assert (tmp_path / "calibrations.json").stat().st_mode & 0o077 == 0


def test_another_embedder_is_measured_too(tmp_path):
    kept_calibration(HashEmbedder(), tmp_path)
    other = Counting(dimensions=16)

    kept_calibration(other, tmp_path)

    assert other.asked == 32


def test_a_damaged_file_costs_a_measurement_and_no_more(tmp_path):
    expected = calibrate(HashEmbedder())
    for content in ("{", "[]", '{"x": 1}', "\x00"):
        (tmp_path / "calibrations.json").write_text(content)
        assert kept_calibration(HashEmbedder(), tmp_path) == expected


def test_a_place_that_cannot_be_written_is_no_reason_to_fail(tmp_path):
    assert isinstance(kept_calibration(HashEmbedder(), tmp_path / "missing"), Calibration)
