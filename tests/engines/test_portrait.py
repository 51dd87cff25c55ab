"""Engine "photo": good photos become portraits, hostile ones are refused with the right sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from studio.errors import MediaUnusable, PortraitUnusable, WeightsMissing
from tests.engines import portraits
from workers.engines.portrait.photo import Photo

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def engine() -> Photo:
    photo = Photo()
    photo.load({"faces": portraits.faces_folder()})
    return photo


def portray(engine: Photo, photo: Path, folder: Path, max_side: int = 1600) -> np.ndarray:
    out = folder / "portrait.png"
    engine.run({"max_side": max_side}, {"photo": photo}, out, 0, lambda share: None)
    picture = cv2.imread(str(out), cv2.IMREAD_UNCHANGED)
    assert picture.dtype == np.uint8 and picture.shape[2] == 4
    return picture


def test_the_person_is_cut_out(engine: Photo, tmp_path: Path) -> None:
    picture = portray(engine, portraits.hopper(), tmp_path)
    height, width = picture.shape[:2]
    alpha = picture[..., 3]
    assert alpha[height // 2, width // 2] > 250
    assert alpha[: height // 8, : width // 6].max() < 20
    assert 0.3 < alpha.mean() / 255 < 0.8


def test_small_faces_are_enlarged_within_the_limit(engine: Photo, tmp_path: Path) -> None:
    picture = portray(engine, portraits.astronaut(), tmp_path, max_side=1000)
    assert max(picture.shape[:2]) == 1000


def test_large_photos_shrink(engine: Photo, tmp_path: Path) -> None:
    Image.open(portraits.hopper()).resize((2048, 2400)).save(tmp_path / "large.jpg")
    assert max(portray(engine, tmp_path / "large.jpg", tmp_path, max_side=900).shape[:2]) == 900


def test_exif_rotation_is_undone(engine: Photo, tmp_path: Path) -> None:
    upright = portray(engine, portraits.hopper(), tmp_path)
    turned = Image.open(portraits.hopper()).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    turned.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    again = portray(engine, tmp_path / "turned.jpg", tmp_path)
    assert abs(again.shape[0] - upright.shape[0]) <= 4 and abs(again.shape[1] - upright.shape[1]) <= 4
    again = cv2.resize(again, upright.shape[1::-1])
    assert np.abs(again[..., :3].astype(int) - upright[..., :3]).mean() < 6


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "RGBA", "I;16"])
def test_every_colour_mode_is_read(engine: Photo, tmp_path: Path, mode: str) -> None:
    image = Image.open(portraits.hopper())
    path = tmp_path / ("photo.tif" if mode == "CMYK" else "photo.png")
    if mode == "I;16":
        Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257).save(path)
    else:
        image.convert(mode).save(path)
    picture = portray(engine, path, tmp_path)
    assert 60 < picture[..., :3].mean() < 190


def damaged(path: Path) -> None:
    path.write_bytes(portraits.hopper().read_bytes()[:9000])


def words(path: Path) -> None:
    path.write_text("<svg onload='alert(1)'/>" * 50)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def animation(path: Path) -> None:
    first = Image.open(portraits.hopper()).resize((256, 300))
    first.save(path, "GIF", save_all=True, append_images=[first.rotate(9)])


def moving_png(path: Path) -> None:
    first = Image.open(portraits.hopper()).resize((256, 300))
    first.save(path, "PNG", save_all=True, append_images=[first.rotate(9)])


def bomb(path: Path) -> None:
    Image.new("1", (14_000, 14_000)).save(path, "PNG")


def heavy(path: Path) -> None:
    with path.open("wb") as out:
        out.truncate(41_000_000)


@pytest.mark.parametrize(
    ("make", "hint"),
    [
        (damaged, "damaged"),
        (words, "JPEG or a PNG"),
        (empty, "JPEG or a PNG"),
        (animation, "one still photo"),
        (moving_png, "one still photo"),
        (bomb, "60 megapixels"),
        (heavy, "40 MB"),
    ],
)
def test_files_that_are_no_photo(
    engine: Photo, tmp_path: Path, make: Callable[[Path], None], hint: str
) -> None:
    path = tmp_path / "upload"
    make(path)
    with pytest.raises(MediaUnusable, match=hint):
        portray(engine, path, tmp_path)


def changed(how: str) -> Image.Image:
    image = Image.open(portraits.hopper()).convert("RGB")
    if how == "two":
        pair = Image.new("RGB", (1024, 600))
        pair.paste(image, (0, 0))
        pair.paste(image, (512, 0))
        return pair
    pixels = np.asarray(image).astype(np.float32)
    if how == "blurred":
        return Image.fromarray(cv2.GaussianBlur(pixels, (0, 0), 5.5).astype(np.uint8))
    if how == "dark":
        return Image.fromarray((pixels * 0.13).astype(np.uint8))
    if how == "bright":
        return Image.fromarray(np.clip(pixels * 3.2 + 90, 0, 255).astype(np.uint8))
    if how in ("bar", "patch"):
        pixels[185:232, 150 : 365 if how == "bar" else 252] = 14
        return Image.fromarray(pixels.astype(np.uint8))
    crops = {"chin": (0, 0, 512, 296), "side": (252, 0, 512, 600), "sky": (330, 0, 512, 160)}
    if how in crops:
        return image.crop(crops[how])
    if how == "far":
        return image.resize((150, 176))
    return image.resize((110, 130))


@pytest.mark.parametrize(
    ("how", "hint"),
    [
        ("two", "more than one face"),
        ("blurred", "blurred"),
        ("dark", "too dark"),
        ("bright", "overexposed"),
        ("bar", "dark glasses"),
        ("patch", "dark glasses"),
        ("chin", "chin"),
        ("side", "side"),
        ("sky", "no face"),
        ("far", "closer"),
        ("tiny", "512 pixels"),
    ],
)
def test_photos_that_cannot_be_animated(engine: Photo, tmp_path: Path, how: str, hint: str) -> None:
    changed(how).save(tmp_path / "photo.png")
    with pytest.raises(PortraitUnusable, match=hint) as caught:
        portray(engine, tmp_path / "photo.png", tmp_path)
    assert caught.value.say.endswith(".") and caught.value.say.count(".") == 1


def test_a_small_second_face_is_no_obstacle(engine: Photo, tmp_path: Path) -> None:
    image = Image.open(portraits.hopper()).convert("RGB")
    image.paste(image.resize((100, 117)), (0, 300))
    image.save(tmp_path / "photo.png")
    assert portray(engine, tmp_path / "photo.png", tmp_path).shape[2] == 4


def test_a_thin_frame_around_the_photo_is_cut_away(engine: Photo, tmp_path: Path) -> None:
    image = np.asarray(Image.open(portraits.hopper()).convert("RGB")).copy()
    plain = portray(engine, portraits.hopper(), tmp_path).shape[:2]
    image[:, :5], image[-5:] = 255, 255
    Image.fromarray(image).save(tmp_path / "photo.png")
    framed = portray(engine, tmp_path / "photo.png", tmp_path).shape[:2]
    assert framed[0] < plain[0] - 5 and framed[1] < plain[1] - 5


def test_the_cut_out_has_no_holes(engine: Photo, tmp_path: Path) -> None:
    alpha = portray(engine, portraits.hopper(), tmp_path)[..., 3]
    height, width = alpha.shape
    cap = alpha[int(0.085 * height) : int(0.2 * height), int(0.46 * width) : int(0.56 * width)]
    assert cap.min() > 230
    for side in (alpha < 128, alpha >= 128):
        areas = cv2.connectedComponentsWithStats(side.astype(np.uint8))[2][1:, cv2.CC_STAT_AREA]
        assert sorted(areas)[:-1] == [] or max(sorted(areas)[:-1]) < 1e-4 * alpha.size


def test_missing_networks_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match=r"face_landmark\.tflite"):
        Photo().load({"faces": tmp_path})
