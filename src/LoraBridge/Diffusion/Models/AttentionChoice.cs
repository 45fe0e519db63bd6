using System.Collections.Concurrent;
using System.Diagnostics;
using LoraBridge.Torch;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Diffusion.Models;

/// <summary>Ways to compute attention.</summary>
internal enum AttentionWay
{
    /// <summary>Our own kernel, on CPUs and without gradients.</summary>
    Kernel,

    /// <summary>libtorch's.</summary>
    Fused,

    /// <summary>Products of plain operators, some query rows at a time.</summary>
    Chunked,
}

/// <summary>
/// Which way is taken. On CPUs a version number says little (a fused attention was seen ten times slower than two plain
/// products), so where there are several ways they run against each other once, for some milliseconds.
/// </summary>
internal static class AttentionChoice
{
    private const int Tokens = 1024, Heads = 8, HeadWidth = 40;

    private static readonly ConcurrentDictionary<(ScalarType, bool), AttentionWay> s_fastest = new();

    /// <summary>The way for tensors like this one.</summary>
    public static AttentionWay For(Tensor q)
    {
        // on GPUs libtorch's is the fastest by far wherever it exists
        if (q.device_type != TorchSharp.DeviceType.CPU) return TorchExtras.HasFusedAttention ? AttentionWay.Fused : AttentionWay.Chunked;
        return s_fastest.GetOrAdd((q.dtype, is_grad_enabled()), key => Fastest(key.Item1, key.Item2));
    }

    /// <summary>The ways that there are on a CPU, for a type, with or without gradients.</summary>
    internal static IReadOnlyList<AttentionWay> Ways(ScalarType type, bool recording)
    {
        var ways = new List<AttentionWay>();
        if (!recording && TorchExtras.KernelInstructions is not null && type is ScalarType.Float32 or ScalarType.BFloat16) ways.Add(AttentionWay.Kernel);
        if (TorchExtras.HasFusedAttention) ways.Add(AttentionWay.Fused);
        ways.Add(AttentionWay.Chunked);
        // without a fused attention in libtorch there is nothing that could beat the kernel
        return ways is [AttentionWay.Kernel, AttentionWay.Chunked] ? [AttentionWay.Kernel] : ways;
    }

    private static AttentionWay Fastest(ScalarType type, bool recording)
    {
        var ways = Ways(type, recording);
        return ways.Count == 1 ? ways[0] : ways.MinBy(way => Time(way, type));
    }

    private static TimeSpan Time(AttentionWay way, ScalarType type)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var tokens = zeros([1, Tokens, Heads * HeadWidth], dtype: type, device: CPU);
        var heads = tokens.unflatten(-1, Heads, -1).transpose(1, 2);
        var best = TimeSpan.MaxValue;
        for (var i = 0; i < 3; i++)
        {
            using var run = NewDisposeScope();
            var watch = Stopwatch.StartNew();
            _ = way switch
            {
                AttentionWay.Kernel => TorchExtras.FusedAttention(tokens, tokens, tokens, Heads)!,
                AttentionWay.Fused => functional.scaled_dot_product_attention(heads, heads, heads),
                _ => Attention.Chunked(heads, heads, heads, null, Attention.DefaultChunkBytes),
            };
            if (watch.Elapsed < best) best = watch.Elapsed;
        }
        return best;
    }
}
