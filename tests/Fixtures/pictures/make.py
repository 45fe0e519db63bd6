#!/usr/bin/env python3
"""Draws the test pictures in this folder and writes down how Pillow reads and resizes them.

Run with Pillow 9.4 and numpy. It writes the picture files, pictures.jsonl (one line a file: what a reader should find, orientation
applied, pixels as base64 of zlib of interleaved bytes) and resizes.jsonl (Pillow's resize of small pictures). PNG and BMP kinds that Pillow
cannot write are put together here byte by byte, and still read back by Pillow.
"""
import base64
import io
import json
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageCms, ImageDraw, ImageOps
from PIL.PngImagePlugin import PngInfo

HERE = pathlib.Path(__file__).parent
W, H = 37, 23
INFOTEXT = "a heron in reeds, (mist:1.2)\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, Seed: 90210, Size: 512x768"
FOREIGN = "狐と月, naïve – 🦊\nSteps: 20, Sampler: Euler a, Seed: 1"
lines = []


def drawn(mode="RGB", size=(W, H)):
    """Gradients in each channel with shapes on top, and in RGBA a gradient of alpha with a hole."""
    w, h = size
    y, x = np.mgrid[0:h, 0:w]
    planes = [x * 255 // (w - 1), y * 255 // (h - 1), (x + y) * 255 // (w + h - 2)]
    image = Image.fromarray(np.stack(planes, -1).astype(np.uint8), "RGB")
    draw = ImageDraw.Draw(image)
    draw.ellipse((w // 5, h // 5, w // 2, h * 4 // 5), fill=(250, 40, 10))
    draw.rectangle((w * 3 // 5, h // 3, w * 4 // 5, h * 2 // 3), fill=(5, 120, 240))
    draw.line((0, h - 1, w - 1, 0), fill=(255, 255, 255))
    if mode in ("RGBA", "LA"):
        alpha = Image.fromarray((255 - x * 200 // (w - 1)).astype(np.uint8), "L")
        ImageDraw.Draw(alpha).ellipse((w // 2, h // 4, w * 3 // 4, h * 3 // 4), fill=0)
        image = image.convert(mode)
        image.putalpha(alpha)
        return image
    return image.convert(mode)


def packed(pixels):
    return base64.b64encode(zlib.compress(pixels, 9)).decode("ascii")


def record(name, data, channels, bits=8, *, pixels=None, tolerance=0, orientation=1, profile=None, text=None, refused=None):
    """Writes a file and its line; the pixels are Pillow's unless given. refused: the whole picture in place of one that Pillow won't open."""
    (HERE / name).write_bytes(data)
    opened = Image.open(io.BytesIO(data)) if refused is None else refused
    image = ImageOps.exif_transpose(opened)
    size = image.size
    if pixels is None:
        pixels = image.convert({1: "L", 3: "RGB", 4: "RGBA"}[channels]).tobytes()
    lines.append({
        "file": name, "format": opened.format, "width": size[0], "height": size[1], "channels": channels, "bits": bits,
        "orientation": orientation, "profile": profile, "text": text or {}, "tolerance": tolerance,
        "pixels": packed(pixels)})


def broken(name, data, reason):
    """Writes a file that must be refused, with a word of the reason."""
    (HERE / name).write_bytes(data)
    lines.append({"file": name, "broken": reason})


def saved(image, format, **options):
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


# --- PNG by hand -----------------------------------------------------------------------------------------------------

def chunk(kind, data, crc=None):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body) if crc is None else crc)


def filtered(rows, step):
    """Filters 0 to 4 in turn, written straight from the specification."""
    out, prior = bytearray(), bytes(len(rows[0]))
    for y, row in enumerate(rows):
        kind = y % 5
        out.append(kind)
        for i, value in enumerate(row):
            a = row[i - step] if i >= step else 0
            b = prior[i]
            c = prior[i - step] if i >= step else 0
            p = a + b - c
            paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            out.append((value - (0, a, b, (a + b) // 2, paeth)[kind]) & 255)
        prior = row
    return bytes(out)


def png(samples, bits, color, *, interlaced=False, before=b"", after=b"", parts=1):
    """samples: (H, W, n) integers of the given depth."""
    def rows_of(block):
        n = block.shape[2]
        for line in block:
            flat = line.reshape(-1)
            if bits == 16:
                yield flat.astype(">u2").tobytes()
            elif bits == 8:
                yield flat.astype(np.uint8).tobytes()
            else:
                wide = "".join(format(int(v), f"0{bits}b") for v in flat)
                wide += "0" * (-len(wide) % 8)
                yield int(wide, 2).to_bytes(len(wide) // 8, "big")
    h, w, n = samples.shape
    step = max(1, n * bits // 8)
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)] if interlaced else [(0, 0, 1, 1)]
    raw = b"".join(filtered(list(rows_of(samples[y::dy, x::dx])), step) for x, y, dx, dy in passes if samples[y::dy, x::dx].size)
    data = zlib.compress(raw, 9)
    cut = [len(data) * i // parts for i in range(parts + 1)]
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, bits, color, 0, 0, int(interlaced))) + before
            + b"".join(chunk(b"IDAT", data[a:b]) for a, b in zip(cut, cut[1:])) + after + chunk(b"IEND", b""))


def deep(image):
    """16-bit samples that are not just 8-bit ones repeated."""
    values = np.asarray(image).astype(np.uint32)
    if values.ndim == 2:
        values = values[..., None]
    y, x = np.mgrid[0:values.shape[0], 0:values.shape[1]]
    return (values * 256 + ((x * 7 + y * 13) % 256)[..., None]).astype(np.uint32)


def high_bytes(samples):
    return (samples >> 8).astype(np.uint8)


def pngs():
    rgb, rgba, grey = drawn(), drawn("RGBA"), drawn("L")
    record("grey.png", saved(grey, "PNG"), 1)
    record("rgb.png", saved(rgb, "PNG"), 3)
    record("rgba.png", saved(rgba, "PNG"), 4)
    record("grey-alpha.png", saved(drawn("LA"), "PNG"), 4)
    record("filters.png", png(np.asarray(rgb), 8, 2, parts=5), 3)
    record("filters-rgba.png", png(np.asarray(rgba), 8, 6), 4)

    for bits in (1, 2, 4, 8):
        colors = rgb.quantize(2 ** bits)
        record(f"palette-{bits}.png", saved(colors, "PNG", bits=bits), 3, bits)
    colors = rgb.quantize(16)
    alphas = bytes([0, 80, 255, 160])
    record("palette-trns.png", saved(colors, "PNG", bits=4, transparency=alphas), 4, 4)
    for bits in (1, 2, 4):
        levels = np.asarray(grey)[..., None] >> (8 - bits)
        record(f"grey-{bits}.png", png(levels, bits, 0), 1, bits)
        record(f"grey-{bits}-interlaced.png", png(levels, bits, 0, interlaced=True), 1, bits)
    levels = np.asarray(grey)[..., None] >> 4
    wanted = np.concatenate([np.repeat(levels * 17, 3, -1), np.where(levels == 9, 0, 255)], -1).astype(np.uint8)
    record("grey-4-trns.png", png(levels, 4, 0, before=chunk(b"tRNS", struct.pack(">H", 9))), 4, 4, pixels=wanted.tobytes())

    record("rgb-interlaced.png", png(np.asarray(rgb), 8, 2, interlaced=True), 3)
    record("rgba-interlaced.png", png(np.asarray(rgba), 8, 6, interlaced=True), 4)
    record("tiny-interlaced.png", png(np.asarray(rgb)[5:8, 10:12], 8, 2, interlaced=True), 3)
    indices = np.asarray(rgb.quantize(16))[..., None]
    plte = chunk(b"PLTE", bytes(rgb.quantize(16).getpalette()[:48]))
    record("palette-interlaced.png", png(indices, 4, 3, interlaced=True, before=plte), 3, 4)

    record("rgb-trns.png", png(np.asarray(rgb), 8, 2, before=chunk(b"tRNS", struct.pack(">HHH", 250, 40, 10))), 4)
    value = int(np.asarray(grey)[H // 2, W // 3])
    record("grey-trns.png", png(np.asarray(grey)[..., None], 8, 0, before=chunk(b"tRNS", struct.pack(">H", value))), 4)

    # Pillow reads 16-bit colour by its high bytes too, but clips 16-bit grey and mixes up 16-bit transparency
    deep_rgb, deep_grey, deep_rgba, deep_la = deep(rgb), deep(grey), deep(rgba), deep(drawn("LA"))
    record("rgb-16.png", png(deep_rgb, 16, 2), 3, 16)
    record("rgba-16.png", png(deep_rgba, 16, 6), 4, 16)
    record("rgba-16-interlaced.png", png(deep_rgba, 16, 6, interlaced=True), 4, 16)
    record("grey-alpha-16.png", png(deep_la, 16, 4), 4, 16)
    record("grey-16.png", png(deep_grey, 16, 0), 1, 16, pixels=high_bytes(deep_grey).tobytes())
    one = deep_rgb[H // 2, W // 3]
    opaque = np.where((deep_rgb == one).all(-1, keepdims=True), 0, 255).astype(np.uint8)
    record("rgb-16-trns.png", png(deep_rgb, 16, 2, before=chunk(b"tRNS", struct.pack(">HHH", *map(int, one)))), 4, 16,
           pixels=np.concatenate([high_bytes(deep_rgb), opaque], -1).tobytes())

    info = PngInfo()
    info.add_text("parameters", INFOTEXT)
    record("text-latin1.png", saved(rgb, "PNG", pnginfo=info), 3, text={"parameters": INFOTEXT})
    info = PngInfo()
    info.add_text("parameters", FOREIGN)
    record("text-utf8.png", saved(rgb, "PNG", pnginfo=info), 3, text={"parameters": FOREIGN})
    info = PngInfo()
    info.add_text("parameters", INFOTEXT, zip=True)
    info.add_itxt("note", FOREIGN, "ja", "覚え書き", zip=True)
    record("text-packed.png", saved(rgb, "PNG", pnginfo=info), 3, text={"parameters": INFOTEXT, "note": FOREIGN})

    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    record("profile.png", saved(rgb, "PNG", icc_profile=srgb), 3, profile="sRGB built-in")
    turned = Image.Exif()
    turned[0x0112] = 6
    record("orientation.png", saved(rgb, "PNG", exif=turned.tobytes()), 3, orientation=6)
    whole = png(np.asarray(rgb), 8, 2)
    bad = png(np.asarray(rgb), 8, 2, before=chunk(b"tEXt", b"Title\0spoilt", crc=1), after=chunk(b"tEXt", b"Author\0me"))
    record("bad-text-checksum.png", bad, 3, text={"Author": "me"}, refused=Image.open(io.BytesIO(whole)))
    no_end = png(np.asarray(rgb), 8, 2)[:-12]
    record("no-end.png", no_end, 3)

    broken("truncated.png", whole[:len(whole) * 2 // 3], "truncated")
    broken("bad-checksum.png", whole[:-20] + bytes([whole[-20] ^ 1]) + whole[-19:], "checksum")
    broken("no-data.png", whole[:33] + chunk(b"IEND", b""), "no picture data")
    broken("no-palette.png", png(indices, 4, 3), "palette")
    broken("bad-depth.png", png(np.asarray(rgb), 8, 2)[:24] + bytes([3]) + whole[25:], "checksum")
    broken("own-chunk.png", png(np.asarray(rgb), 8, 2, before=chunk(b"CgBI", b"\x50\x00\x20\x02")), "CgBI")
    huge = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 6, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(bytes(10000)))
    broken("huge.png", huge + chunk(b"IEND", b""), "60000x60000")
    large = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 9000, 9000, 8, 6, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(bytes(10000)))
    broken("promises-too-much.png", large + chunk(b"IEND", b""), "cannot hold")


def comment_exif(text, order="big"):
    """An EXIF block with a UserComment, as the WebUI's own library lays it out (big) or in the block's order (little)."""
    o, mark, codec = (">", b"MM\0*", "utf-16-be") if order == "big" else ("<", b"II*\0", "utf-16-le")
    value = b"UNICODE\0" + text.encode(codec)
    return (b"Exif\0\0" + mark + struct.pack(o + "I", 8)
            + struct.pack(o + "HHHIII", 1, 0x8769, 4, 1, 26, 0) + struct.pack(o + "HHHIII", 1, 0x9286, 7, len(value), 44, 0) + value)


def jpegs():
    rgb, grey = drawn(), drawn("L")
    record("baseline.jpg", saved(rgb, "JPEG", quality=85), 3, tolerance=2)
    record("full-color.jpg", saved(rgb, "JPEG", quality=95, subsampling=0), 3, tolerance=2)
    record("half-color.jpg", saved(rgb, "JPEG", quality=85, subsampling=1), 3, tolerance=2)
    record("progressive.jpg", saved(rgb, "JPEG", quality=85, progressive=True), 3, tolerance=2)
    record("grey.jpg", saved(grey, "JPEG", quality=85), 1, tolerance=2)
    cmyk = saved(rgb.convert("CMYK"), "JPEG", quality=90)
    record("cmyk.jpg", cmyk, 3, tolerance=2)
    adobe = cmyk.index(b"Adobe")
    record("ycck.jpg", cmyk[:adobe + 11] + b"\2" + cmyk[adobe + 12:], 3, tolerance=2)
    record("wrong-extension.png", saved(rgb, "JPEG", quality=80), 3, tolerance=2)

    plain = drawn(size=(16, 9))
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        record(f"orientation-{orientation}.jpg", saved(plain, "JPEG", quality=90, exif=exif.tobytes()), 3, tolerance=2, orientation=orientation)
    record("comment-exif.jpg", saved(rgb, "JPEG", quality=80, exif=comment_exif(FOREIGN)), 3, tolerance=2, text={"UserComment": FOREIGN})
    record("comment-exif-little.jpg", saved(rgb, "JPEG", quality=80, exif=comment_exif(INFOTEXT, "little")), 3, tolerance=2, text={"UserComment": INFOTEXT})
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    record("profile.jpg", saved(rgb, "JPEG", quality=80, icc_profile=srgb), 3, tolerance=2, profile="sRGB built-in")
    whole = saved(rgb, "JPEG", quality=85)
    remark = b"\xff\xfe" + struct.pack(">H", 2 + len(INFOTEXT)) + INFOTEXT.encode()
    record("comment.jpg", whole[:20] + remark + whole[20:], 3, tolerance=2, text={"Comment": INFOTEXT})
    record("no-end.jpg", whole[:-2], 3, tolerance=2, refused=Image.open(io.BytesIO(whole)))
    record("stray-bytes.jpg", whole[:-2] + b"\0\0\0\0" + whole[-2:], 3, tolerance=2)
    broken("truncated.jpg", whole[:len(whole) - 150], "truncated")
    broken("header-only.jpg", whole[:whole.index(b"\xff\xda")], "truncated")
    start = whole.index(b"\xff\xda") + 14
    broken("damaged.jpg", whole[:start + 160] + b"\xff\xd9" + whole[start + 160:], "damaged")


def webps():
    rgb, rgba = drawn(), drawn("RGBA")
    record("lossy.webp", saved(rgb, "WEBP", quality=80), 3, tolerance=2)
    record("lossless.webp", saved(rgb, "WEBP", lossless=True), 3)
    record("lossy-alpha.webp", saved(rgba, "WEBP", quality=80), 4, tolerance=2)
    record("lossless-alpha.webp", saved(rgba, "WEBP", lossless=True, exact=True), 4)
    record("comment.webp", saved(rgb, "WEBP", quality=80, exif=comment_exif(FOREIGN)), 3, tolerance=2, text={"UserComment": FOREIGN})
    turned = Image.Exif()
    turned[0x0112] = 8
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    record("orientation.webp", saved(rgb, "WEBP", lossless=True, exif=turned.tobytes(), icc_profile=srgb), 3, orientation=8, profile="sRGB built-in")
    whole = saved(rgb, "WEBP", quality=80)
    broken("truncated.webp", whole[:len(whole) // 2], "truncated")
    broken("animated.webp", saved(rgb, "WEBP", save_all=True, append_images=[rgb.transpose(Image.ROTATE_180)], duration=100, quality=20), "animation")


def record_gif(name, data, channels, **known):
    record(name, data, channels, 1 + (data[10] & 7), **known)   # the size of the palette in the header


def gifs():
    colors = drawn().quantize(32)
    record_gif("plain.gif", saved(colors, "GIF", interlace=0), 3)
    record_gif("interlaced.gif", saved(colors, "GIF", interlace=1, comment=INFOTEXT.encode()), 3, text={"Comment": INFOTEXT})
    record_gif("transparent.gif", saved(colors, "GIF", transparency=int(np.asarray(colors)[H // 2, W // 3])), 4)
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (90, 110), np.uint8), "P")
    noise.putpalette(bytes((i * 7 + c * 50) % 256 for i in range(256) for c in range(3)))
    record_gif("many-codes.gif", saved(noise, "GIF", interlace=0), 3)
    record_gif("animated.gif", saved(colors, "GIF", save_all=True, append_images=[colors.transpose(Image.ROTATE_180)], duration=100), 3)
    whole = saved(colors, "GIF", interlace=0)
    broken("truncated.gif", whole[:len(whole) * 2 // 3], "truncated")


def bmp(pixels, bits, width, height, *, masks=None, palette=b"", short=False):
    size = 12 if short else 108 if masks else 40
    offset = 14 + size + len(palette)
    file = b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset)
    if short:
        return file + struct.pack("<IHHHH", 12, width, height, 1, bits) + palette + pixels
    head = struct.pack("<IiiHHIIiiII", size, width, height, 1, bits, 3 if masks else 0, len(pixels), 2835, 2835, len(palette) // 4, 0)
    if masks:
        head += struct.pack("<IIII", *masks)
        head += bytes(size - len(head))
    return file + head + palette + pixels


def bmps():
    rgb, rgba = drawn(), drawn("RGBA")
    record("rgb.bmp", saved(rgb, "BMP"), 3)
    record("palette.bmp", saved(rgb.quantize(200), "BMP"), 3)
    record("one-bit.bmp", saved(drawn("1"), "BMP"), 3, 1)
    values = np.asarray(rgb)
    def padded(rows):
        return b"".join(row + bytes(-len(row) % 4) for row in rows)
    triples = padded([row[:, ::-1].tobytes() for row in values])
    record("top-down.bmp", bmp(triples, 24, W, -H), 3)
    record("short-header.bmp", bmp(padded([row[:, ::-1].tobytes() for row in values[::-1]]), 24, W, H, short=True), 3)
    v = values.astype(np.uint16)
    words = (v[..., 0] >> 3 << 11) | (v[..., 1] >> 2 << 5) | v[..., 2] >> 3
    # Pillow stretches 5 and 6 bits to 8 by another rounding
    record("bits-565.bmp", bmp(padded([row.astype("<u2").tobytes() for row in words[::-1]]), 16, W, H, masks=(0xf800, 0x07e0, 0x001f, 0)), 3, tolerance=1)
    quads = b"".join(np.asarray(rgba)[y][:, [2, 1, 0, 3]].tobytes() for y in range(H - 1, -1, -1))
    record("alpha.bmp", bmp(quads, 32, W, H, masks=(0xff0000, 0xff00, 0xff, 0xff000000)), 4)
    whole = saved(rgb, "BMP")
    broken("truncated.bmp", whole[:len(whole) // 2], "truncated")


def others():
    broken("empty.png", b"", "empty")
    broken("text.jpg", b"this is not a picture\n", "not a PNG")


def resizes():
    filters = {"nearest": Image.NEAREST, "box": Image.BOX, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}
    out = []
    for mode, channels in (("L", 1), ("RGB", 3), ("RGBA", 4)):
        image = drawn(mode, (31, 23))
        out.append({"channels": channels, "width": 31, "height": 23, "pixels": packed(image.tobytes())})
        for name, number in filters.items():
            for size in ((12, 9), (31, 7), (45, 23), (40, 30), (1, 1)):
                if channels != 3 and size not in ((12, 9), (40, 30)):
                    continue
                small = image.resize(size, number)
                out.append({"channels": channels, "filter": name, "width": size[0], "height": size[1], "pixels": packed(small.tobytes())})
    write("resizes.jsonl", out)


def write(name, entries):
    (HERE / name).write_text("".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries), encoding="utf-8")


for old in HERE.iterdir():
    if old.suffix in (".png", ".jpg", ".webp", ".gif", ".bmp"):
        old.unlink()
pngs()
jpegs()
webps()
gifs()
bmps()
others()
write("pictures.jsonl", lines)
resizes()
