"""A model of pictures behind HTTP: what it reads, what it refuses, what it tells of itself."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from lamina.cli import main
from lamina.images import ImageModel
from lamina.images.model import ImageSchema
from lamina.images.network import build_network, finished_network
from lamina.serve import Limits, create_app
from lamina.serve.limits import Refusal
from lamina.serve.pictures import Files, ServedPictures
from lamina.serve.worker import Worker


def encoded(image: Image.Image, form: str = "PNG") -> bytes:
    stream = io.BytesIO()
    image.save(stream, form)
    return stream.getvalue()


def noise(seed: int, size: tuple[int, int] = (12, 8)) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8))


def text(content: bytes) -> str:
    return base64.b64encode(content).decode()


PNG, JPEG = encoded(noise(0)), encoded(noise(1, (20, 30)), "JPEG")


@pytest.fixture(scope="module")
def shown() -> ImageModel:
    """An untrained model of three classes; in each picture it sees something else."""
    network = build_network((8, 8, 3), 3, (4,), 0.0, 0)
    return ImageModel(
        finished_network(network, 1.0), ImageSchema(8, 8, True, ("cat", "dog", "<b>"))
    )


@pytest.fixture(scope="module")
def client(shown: ImageModel) -> Iterator[TestClient]:
    limits = Limits(rows=5, bytes=50_000, pixels=100_000)
    app = create_app(shown, limits=limits)
    with TestClient(app, base_url="http://localhost") as found:
        yield found


def errors(answer) -> list[dict]:
    assert answer.status_code == 422 and answer.json()["error"]["code"] == "pictures"
    return answer.json()["error"]["errors"]


def test_predictions_are_those_of_the_model(
    client: TestClient, shown: ImageModel, tmp_path: Path
) -> None:
    names = ["a.png", "b.jpg"]
    for name, content in zip(names, (PNG, JPEG), strict=True):
        (tmp_path / name).write_bytes(content)
    wanted = shown.predict([tmp_path / name for name in names])
    sent = [f"data:image/png;base64,{text(PNG)}", "\n".join([text(JPEG)[:76], text(JPEG)[76:]])]
    answer = client.post("/predict", json={"pictures": sent})
    assert answer.status_code == 200
    for found, row in zip(answer.json()["predictions"], wanted, strict=True):
        assert found["prediction"] == row["prediction"] and found["warnings"] == []
        chances = {name: row[f"p_{name}"] for name in ("cat", "dog", "<b>")}
        assert found["probabilities"] == pytest.approx(chances, rel=1e-5)


@pytest.mark.parametrize(("content", "kind"), [(PNG, "image/png"), (JPEG, "image/jpeg; q=1")])
def test_a_file_by_itself(client: TestClient, content: bytes, kind: str) -> None:
    one = client.post("/predict", content=content, headers={"content-type": kind})
    other = client.post("/predict", json={"pictures": [text(content)]})
    assert one.status_code == 200 and one.json() == other.json()


def test_no_pictures_no_predictions(client: TestClient) -> None:
    assert client.post("/predict", json={"pictures": []}).json() == {"predictions": []}


def test_everything_that_is_no_picture_is_listed(client: TestClient) -> None:
    found = errors(client.post("/predict", json={"pictures": [text(PNG), "%%", 3, ""]}))
    assert [e["row"] for e in found] == [1, 2, 3] and found[2]["got"] == "an empty text"
    odd = encoded(noise(0), "PCX")  # a form that Pillow knows and that is not let in
    for broken in (b"no picture", PNG[: len(PNG) // 2], odd):
        sent = [text(PNG), text(broken)]
        (error,) = errors(client.post("/predict", json={"pictures": sent}))
        assert error["row"] == 1 and error["got"] and error["field"] == "pictures"
    (error,) = errors(client.post("/predict", content=b"", headers={"content-type": "image/png"}))
    assert error["row"] == 0


@pytest.mark.parametrize("body", [[], {}, 3, "x", {"pictures": "x"}, {"rows": []}])
def test_no_list_of_pictures_is_422(client: TestClient, body: object) -> None:
    (error,) = errors(client.post("/predict", json=body))
    assert error["row"] is None and "pictures" in error["expected"]


def test_too_much_is_413(client: TestClient) -> None:
    many = client.post("/predict", json={"pictures": [text(PNG)] * 6})
    assert many.status_code == 413 and many.json()["error"]["code"] == "too_many_pictures"
    large = text(encoded(Image.new("1", (300, 200))))  # few bytes, 60,000 pixels
    assert client.post("/predict", json={"pictures": [large]}).status_code == 200
    two = client.post("/predict", json={"pictures": [large, large]})
    assert two.status_code == 413 and "120,000" in two.json()["error"]["message"]
    headers = {"content-type": "image/png"}
    assert client.post("/predict", content=b" " * 60_000, headers=headers).status_code == 413


def test_a_form_upload_is_415_with_what_to_send(client: TestClient) -> None:
    for answer in (
        client.post("/predict", files={"file": ("a.png", PNG, "image/png")}),
        client.post("/predict", content=PNG),
        client.post("/predict", content=b"{}", headers={"content-type": "text/plain"}),
    ):
        assert answer.status_code == 415
        assert "image/png" in answer.json()["error"]["message"]


def test_broken_and_good_requests_that_wait_together(shown: ImageModel) -> None:
    served = ServedPictures(shown, Limits())
    worker = Worker(served, Limits())
    futures = [worker.submit(Files([content])) for content in (PNG, PNG[:50], PNG)]
    worker.start()
    assert futures[0].result(10) == futures[2].result(10)
    with pytest.raises(Refusal) as refusal:
        futures[1].result(10)
    assert refusal.value.content["error"]["errors"][0]["row"] == 0
    worker.stop()


def test_what_it_tells_of_itself(client: TestClient) -> None:
    schema = client.get("/schema").json()
    assert schema["target"]["classes"] == ["cat", "dog", "<b>"] and "columns" not in schema
    assert schema["pictures"] == {"height": 8, "width": 8, "colour": True}
    assert schema["limits"] == {"pictures": 5, "bytes": 50_000, "pixels": 100_000}
    content = client.get("/openapi.json").json()["paths"]["/predict"]["post"]["requestBody"]
    assert {"application/json", "image/*"} == set(content["content"])
    page = client.get("/form.js").text
    assert 'type: "file"' in page and "http://" not in page and "https://" not in page


def test_the_command_serves_them(
    shown: ImageModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown.save(tmp_path / "model.keras")
    seen: list = []
    monkeypatch.setattr("lamina.serve.server.serve", lambda model, *_, **__: seen.append(model))
    assert main(["serve", str(tmp_path)]) == 0
    assert isinstance(seen[0], ImageModel) and seen[0].schema == shown.schema
