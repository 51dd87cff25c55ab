"""A picture from outside, decoded with suspicion: size and type first, then pixels."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from studio.errors import MediaUnusable, PortraitUnusable

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")
MAX_BYTES = 40_000_000
MAX_PIXELS = 60_000_000
LEAST_SIDE = 128
BACKDROP = (214, 214, 214)

Pixels = NDArray[Any]


def decode(path: Path) -> tuple[Pixels, Pixels | None]:
    """An upright sRGB picture as BGR uint8 (h, w, 3), and its own alpha 0..1 if it has a meaningful one.

    Raises MediaUnusable for files that are no single still picture, PortraitUnusable for tiny ones.
    """
    if path.stat().st_size > MAX_BYTES:
        raise MediaUnusable("This photo is larger than 40 MB; send a smaller one.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as opened:
                _check(opened)
                opened.load()
                image = _to_rgb(ImageOps.exif_transpose(opened))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise MediaUnusable(
            "This photo has more pixels than I can read; send one under 60 megapixels."
        ) from error
    except UnidentifiedImageError as error:
        raise MediaUnusable("This is not a photo I can read; send a JPEG or a PNG.") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise MediaUnusable("This photo is damaged and cannot be read; please send it again.") from error
    pixels = np.asarray(image)
    alpha = None
    if image.mode == "RGBA":
        alpha = pixels[..., 3].astype(np.float32) / 255
        alpha = alpha if 0.05 < float(alpha.mean()) < 0.98 else None
        pixels = _on_backdrop(pixels)
    return np.ascontiguousarray(pixels[..., 2::-1]), alpha


def _check(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise MediaUnusable("This photo has more pixels than I can read; send one under 60 megapixels.")
    if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
        raise MediaUnusable("This is an animation; send one still photo.")
    if min(width, height) < LEAST_SIDE:
        raise PortraitUnusable("This photo is too small; send one of at least 512 pixels a side.")


def _to_rgb(image: Image.Image) -> Image.Image:
    """8-bit sRGB, with alpha where the file has one."""
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image, np.float32)
        top = 65535.0 if image.mode.startswith("I") else max(float(values.max()), 1e-6)
        image = Image.fromarray(np.clip(values / top * 255, 0, 255).astype(np.uint8))
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "CMYK", "L"):
        image = _to_srgb(image, profile)
    has_alpha = "A" in image.mode or "transparency" in image.info
    return image.convert("RGBA" if has_alpha else "RGB")


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        done = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return image
    return done or image


def _on_backdrop(pixels: Pixels) -> Pixels:
    alpha = pixels[..., 3:].astype(np.float32) / 255
    blended: Pixels = pixels[..., :3] * alpha + np.array(BACKDROP, np.float32) * (1 - alpha)
    return blended.astype(np.uint8)
