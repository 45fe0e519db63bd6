"""Writes the torch pickles that the checkpoint reader's tests read: python3 make_pickles.py [folder]

Made with torch 1.13. Values are whole numbers counting up, so that a test can name them.
"""
import io
import os
import pickle
import struct
import sys
import types
import zipfile
from collections import OrderedDict

import torch

folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))


def path(name):
    return os.path.join(folder, name)


def count(*shape, dtype=torch.float32):
    return torch.arange(int(torch.tensor(shape).prod()) if shape else 1, dtype=torch.float64).reshape(shape).to(dtype)


def both(name, value):
    torch.save(value, path(name + ".pt"))
    torch.save(value, path(name + "-legacy.pt"), _use_new_zipfile_serialization=False)


# every element type the formats share
both("types", OrderedDict([
    ("float32", count(2, 3)),
    ("float16", count(2, 3, dtype=torch.float16)),
    ("bfloat16", count(2, 3, dtype=torch.bfloat16)),
    ("float64", count(4, dtype=torch.float64)),
    ("int64", torch.tensor(-7)),
    ("int32", count(3, dtype=torch.int32)),
    ("int16", count(3, dtype=torch.int16)),
    ("int8", count(3, dtype=torch.int8)),
    ("uint8", count(3, dtype=torch.uint8)),
    ("bool", torch.tensor([True, False, True])),
    ("complex64", torch.tensor([1 + 2j, 3 - 4j])),
    ("empty", torch.zeros(0, 3)),
]))

# tensors that look into one storage
base = count(4, 6)
both("views", {
    "base": base,
    "transposed": base.t(),
    "every_other": base[1:3, ::2],
    "part": base.flatten()[5:9],
    "permuted": count(2, 3, 4).permute(2, 0, 1),
    "expanded": torch.tensor([5.0]).expand(3, 4),
    "parameter": torch.nn.Parameter(count(3)),
    "half_part": count(8, dtype=torch.float16)[3:6],
})

# what a trainer leaves
torch.save({
    "epoch": 3,
    "global_step": 470000,
    "pytorch-lightning_version": "1.4.2",
    "finished": True,
    "state_dict": OrderedDict([("model.weight", count(2, 2)), ("model.bias", count(2))]),
    "optimizer_states": [{"state": {0: {"step": 1, "exp_avg": count(2)}}, "param_groups": [{"lr": 1e-4, "betas": (0.9, 0.999)}]}],
    "shape": torch.Size([1, 2]),
    "device": torch.device("cpu"),
    "dtype": torch.float16,
    "raw": b"\x00\xff",
    "nothing": None,
    "large": 1 << 80,
}, path("nested.ckpt"))

# a module's own state_dict carries attributes
torch.save(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3)).state_dict(), path("module-state.pt"))

# textual inversion: as web UIs write it, and as the first trainer did
embedding = {"string_to_token": {"*": 265}, "name": "example", "step": 1499, "sd_checkpoint": None, "sd_checkpoint_name": None}
torch.save({**embedding, "string_to_param": {"*": count(2, 4)}}, path("embedding.pt"))
torch.save({**embedding, "string_to_param": torch.nn.ParameterDict({"*": torch.nn.Parameter(count(2, 4))})}, path("embedding-parameters.pt"))


# files that must be refused
class Command:
    def __reduce__(self):
        return os.system, ("touch lorabridge-pickle-ran",)


both("malicious", {"weight": count(2), "extra": Command()})
torch.save(torch.nn.Linear(2, 2), path("module.pt"))
torch.save(count(3), path("tensor.pt"))

trainer = types.ModuleType("pytorch_lightning.callbacks.model_checkpoint")
trainer.ModelCheckpoint = type("ModelCheckpoint", (), {"__module__": trainer.__name__, "__qualname__": "ModelCheckpoint"})
for name in ("pytorch_lightning", "pytorch_lightning.callbacks"):
    sys.modules[name] = types.ModuleType(name)
sys.modules[trainer.__name__] = trainer
torch.save({"state_dict": {"weight": count(2)}, "callbacks": {trainer.ModelCheckpoint: {"best": 1}}}, path("lightning.ckpt"))
with open(path("plain.pkl"), "wb") as file:
    pickle.dump({"a": 1}, file, protocol=2)


# the same archive as other zip writers lay it out
def entries(name):
    with zipfile.ZipFile(path(name)) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist()]


with zipfile.ZipFile(path("deflated.pt"), "w", zipfile.ZIP_DEFLATED) as archive:
    for name, data in entries("types.pt"):
        archive.writestr(zipfile.ZipInfo("any/folder/" + name.split("/", 1)[1]), data, zipfile.ZIP_DEFLATED)


def zip64(name, files):
    """A zip whose directory keeps every length and offset in its 64-bit fields."""
    body, directory = io.BytesIO(), io.BytesIO()
    for file, data in files:
        offset, encoded = body.tell(), file.encode()
        body.write(struct.pack("<IHHHHHIIIHH", 0x04034B50, 45, 0, 0, 0, 0, 0, len(data), len(data), len(encoded), 0) + encoded + data)
        extra = struct.pack("<HHQQQ", 1, 24, len(data), len(data), offset)
        directory.write(struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 45, 45, 0, 0, 0, 0, 0, 0xFFFFFFFF, 0xFFFFFFFF,
                                    len(encoded), len(extra), 0, 0, 0, 0, 0xFFFFFFFF) + encoded + extra)
    begin, length = body.tell(), directory.tell()
    with open(path(name), "wb") as file:
        file.write(body.getvalue() + directory.getvalue())
        file.write(struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, len(files), len(files), length, begin))
        file.write(struct.pack("<IIQI", 0x07064B50, 0, begin + length, 1))
        file.write(struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0))


zip64("zip64.pt", entries("views.pt"))
big = [(name, data) for name, data in entries("views.pt") if not name.endswith("byteorder")]
with zipfile.ZipFile(path("big-endian.pt"), "w") as archive:
    for name, data in big + [("views/byteorder", b"big")]:
        archive.writestr(zipfile.ZipInfo(name), data)
