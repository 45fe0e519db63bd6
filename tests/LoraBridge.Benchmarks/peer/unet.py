"""The peer of the UNet benchmark: Stable Diffusion 1.5's UNet in plain eager PyTorch, random weights.

Prints one JSON line: the seconds of each evaluation, of wall clock and of CPU, and the process's peak memory. Run by the benchmark program, or
by hand: python3 unet.py --dtype float32 --size 512 --batch 2 --runs 3 [--sliced]
"""
import argparse
import json
import math
import resource
import time

import torch
import torch.nn.functional as F
from torch import nn

WIDTHS, CONTEXT, HEADS, EMBEDDING = (320, 640, 1280, 1280), 768, 8, 1280


class ResBlock(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.norm1, self.conv1 = nn.GroupNorm(32, inputs), nn.Conv2d(inputs, outputs, 3, padding=1)
        self.embedding = nn.Linear(EMBEDDING, outputs)
        self.norm2, self.conv2 = nn.GroupNorm(32, outputs), nn.Conv2d(outputs, outputs, 3, padding=1)
        self.skip = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x, e):
        h = self.conv1(F.silu(self.norm1(x))) + self.embedding(F.silu(e))[:, :, None, None]
        return self.conv2(F.silu(self.norm2(h))) + self.skip(x)


class Attention(nn.Module):
    sliced = False

    def __init__(self, width, context):
        super().__init__()
        self.q, self.k = nn.Linear(width, width, bias=False), nn.Linear(context, width, bias=False)
        self.v, self.out = nn.Linear(context, width, bias=False), nn.Linear(width, width)

    def forward(self, x, context=None):
        context = x if context is None else context
        b, s, c = x.shape
        split = lambda t: t.reshape(b, -1, HEADS, c // HEADS).transpose(1, 2).reshape(b * HEADS, -1, c // HEADS)
        q, k, v = split(self.q(x)), split(self.k(context)), split(self.v(context))
        scale = 1 / math.sqrt(c // HEADS)
        if hasattr(F, "scaled_dot_product_attention"):
            y = F.scaled_dot_product_attention(q, k, v)
        elif self.sliced:
            y = torch.cat([torch.bmm(torch.softmax(torch.bmm(q[i:i + 1], k[i:i + 1].transpose(1, 2)) * scale, -1), v[i:i + 1]) for i in range(q.shape[0])])
        else:
            scores = torch.baddbmm(torch.empty(q.shape[0], q.shape[1], k.shape[1], dtype=q.dtype), q, k.transpose(1, 2), beta=0, alpha=scale)
            y = torch.bmm(scores.softmax(-1), v)
        return self.out(y.reshape(b, HEADS, s, c // HEADS).transpose(1, 2).reshape(b, s, c))


class Transformer(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm, self.proj_in, self.proj_out = nn.GroupNorm(32, width, eps=1e-6), nn.Conv2d(width, width, 1), nn.Conv2d(width, width, 1)
        self.n1, self.n2, self.n3 = (nn.LayerNorm(width) for _ in range(3))
        self.a1, self.a2 = Attention(width, width), Attention(width, CONTEXT)
        self.ff1, self.ff2 = nn.Linear(width, 8 * width), nn.Linear(4 * width, width)

    def forward(self, x, context):
        b, c, h, w = x.shape
        t = self.proj_in(self.norm(x)).reshape(b, c, h * w).transpose(1, 2)
        t = t + self.a1(self.n1(t))
        t = t + self.a2(self.n2(t), context)
        value, gate = self.ff1(self.n3(t)).chunk(2, -1)
        t = t + self.ff2(value * F.gelu(gate))
        return x + self.proj_out(t.transpose(1, 2).reshape(b, c, h, w))


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.time1, self.time2 = nn.Linear(WIDTHS[0], EMBEDDING), nn.Linear(EMBEDDING, EMBEDDING)
        self.conv_in = nn.Conv2d(4, WIDTHS[0], 3, padding=1)
        self.down, skips, width = nn.ModuleList(), [WIDTHS[0]], WIDTHS[0]
        for level, target in enumerate(WIDTHS):
            for _ in range(2):
                self.down.append(nn.ModuleList([ResBlock(width, target)] + ([Transformer(target)] if level < 3 else [])))
                width = target
                skips.append(width)
            if level < 3:
                self.down.append(nn.ModuleList([nn.Conv2d(width, width, 3, stride=2, padding=1)]))
                skips.append(width)
        self.mid = nn.ModuleList([ResBlock(width, width), Transformer(width), ResBlock(width, width)])
        self.up = nn.ModuleList()
        for level, target in reversed(list(enumerate(WIDTHS))):
            for i in range(3):
                block = [ResBlock(width + skips.pop(), target)] + ([Transformer(target)] if level < 3 else [])
                width = target
                if i == 2 and level > 0:
                    block.append(nn.Conv2d(width, width, 3, padding=1))
                self.up.append(nn.ModuleList(block))
        self.norm_out, self.conv_out = nn.GroupNorm(32, width), nn.Conv2d(width, 4, 3, padding=1)

    @staticmethod
    def run(block, x, e, context, up=False):
        for layer in block:
            if isinstance(layer, ResBlock):
                x = layer(x, e)
            elif isinstance(layer, Transformer):
                x = layer(x, context)
            else:
                x = layer(F.interpolate(x, scale_factor=2.0) if up else x)
        return x

    def forward(self, x, t, context):
        half = WIDTHS[0] // 2
        angles = t[:, None].float() * torch.exp(-math.log(10000) * torch.arange(half) / half)[None]
        e = self.time2(F.silu(self.time1(torch.cat([angles.cos(), angles.sin()], -1).to(x.dtype))))
        x = self.conv_in(x)
        skips = [x]
        for block in self.down:
            x = self.run(block, x, e, context)
            skips.append(x)
        x = self.run(self.mid, x, e, context)
        for block in self.up:
            x = self.run(block, torch.cat([x, skips.pop()], 1), e, context, up=True)
        return self.conv_out(F.silu(self.norm_out(x)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--sliced", action="store_true", help="attention head by head, for less memory")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    torch.set_grad_enabled(False)
    torch.manual_seed(0)
    Attention.sliced = args.sliced
    dtype = getattr(torch, args.dtype)
    # weights are drawn in their type, module by module, so that the peak is that of running and not of making them
    torch.set_default_dtype(dtype)
    unet = UNet().eval()
    torch.set_default_dtype(torch.float32)
    parameters = sum(p.numel() for p in unet.parameters())
    x = torch.randn(args.batch, 4, args.size // 8, args.size // 8).to(dtype)
    context = torch.randn(args.batch, 77, CONTEXT).to(dtype)
    t = torch.full((args.batch,), 500)
    seconds, cpu = [], []
    for _ in range(args.runs + 1):
        start, cpu_start = time.perf_counter(), time.process_time()
        y = unet(x, t, context)
        seconds.append(time.perf_counter() - start)
        cpu.append(time.process_time() - cpu_start)
    assert y.shape == x.shape
    print(json.dumps({
        "torch": torch.__version__, "parameters": parameters, "seconds": seconds[1:], "cpu_seconds": cpu[1:],
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }))


if __name__ == "__main__":
    main()
