"""The peer of the training benchmark: steps of a LoRA on the attention of Stable Diffusion 1.5's UNet, in plain eager PyTorch.

Prints one JSON line: the seconds of each step, of wall clock and of CPU, and the process's peak memory. Run by the benchmark program, or
by hand: python3 train.py --dtype float32 --size 512 --rank 8 --runs 3 [--checkpointing]
"""
import argparse
import json
import resource
import time

import torch
import torch.nn.functional as F
import torch.utils.checkpoint
from torch import nn

from unet import CONTEXT, Attention, UNet


class LoraLinear(nn.Module):
    """A frozen linear layer and a product of two thin float32 matrices beside it."""

    def __init__(self, base, rank):
        super().__init__()
        self.base = base
        self.down = nn.Parameter(torch.empty(rank, base.in_features).uniform_(-1, 1) * base.in_features ** -0.5)
        self.up = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + F.linear(F.linear(x, self.down.to(x.dtype)), self.up.to(x.dtype))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--checkpointing", action="store_true")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    dtype = getattr(torch, args.dtype)
    torch.set_default_dtype(dtype)
    unet = UNet().requires_grad_(False)
    torch.set_default_dtype(torch.float32)
    for module in unet.modules():
        if isinstance(module, Attention):
            for name in ("q", "k", "v", "out"):
                setattr(module, name, LoraLinear(getattr(module, name), args.rank))
    trained = [p for p in unet.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-4, weight_decay=0.01)
    if args.checkpointing:
        plain = UNet.run
        UNet.run = staticmethod(lambda block, x, e, context, up=False: torch.utils.checkpoint.checkpoint(
            lambda x, e, context: plain(block, x, e, context, up), x, e, context, use_reentrant=False))

    latents = torch.randn(args.batch, 4, args.size // 8, args.size // 8)
    context = torch.randn(args.batch, 77, CONTEXT).to(dtype)
    seconds, cpu = [], []
    for step in range(args.runs + 1):
        start, cpu_start = time.perf_counter(), time.process_time()
        noise, t = torch.randn_like(latents), torch.randint(0, 1000, (args.batch,))
        prediction = unet((0.8 * latents + 0.6 * noise).to(dtype), t, context).float()
        loss = F.mse_loss(prediction, noise)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        seconds.append(time.perf_counter() - start)
        cpu.append(time.process_time() - cpu_start)
    print(json.dumps({
        "torch": torch.__version__, "parameters": sum(p.numel() for p in trained), "seconds": seconds[1:], "cpu_seconds": cpu[1:],
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }))


if __name__ == "__main__":
    main()
