using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Diffusion.Models;

/// <summary>Tells the network how noisy its input is: sines and cosines of the timestep, then two linear layers.</summary>
public sealed class TimestepEmbedding : Module<Tensor, Tensor>
{
    [ComponentName(Name = "0")]
    private readonly LinearLayer _first;

    [ComponentName(Name = "2")]
    private readonly LinearLayer _second;

    private readonly long _channels;

    internal TimestepEmbedding(long channels, long embeddingChannels) : base(nameof(TimestepEmbedding))
    {
        _channels = channels;
        _first = new(channels, embeddingChannels);
        _second = new(embeddingChannels, embeddingChannels);
        RegisterComponents();
    }

    /// <summary>Embeds timesteps (B), whole or fractional, as (B, E), in float32 whatever the weights' type.</summary>
    /// <remarks>One row a picture costs nothing, and in bfloat16 neighbouring timesteps would become one.</remarks>
    public override Tensor forward(Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        var h = _first.call(Sinusoidal(timesteps, _channels));                  // (B, E)
        return _second.call(Activations.Silu(h)).MoveToOuterDisposeScope();     // (B, E)
    }

    /// <summary>cos(t f) then sin(t f) for the frequencies f = 10000^(-i / (dim / 2)), in float32.</summary>
    /// <param name="timesteps">Timesteps, (B), of any type.</param>
    /// <param name="dim">Width of the embedding; an odd width ends with a zero.</param>
    /// <returns>(B, dim).</returns>
    public static Tensor Sinusoidal(Tensor timesteps, long dim)
    {
        using var scope = NewDisposeScope();
        var half = dim / 2;
        // in torch's own float32 steps: at t near 1000 one rounding more in a frequency is seen in the fifth digit
        var frequencies = (arange(half, dtype: float32, device: timesteps.device) * -Math.Log(10000) / half).exp();
        var angles = timesteps.to(float32).unsqueeze(1) * frequencies;          // (B, half)
        var embedding = cat([angles.cos(), angles.sin()], dim: 1);              // (B, 2 half)
        if (dim % 2 == 1) embedding = functional.pad(embedding, (0L, 1L));      // (B, dim)
        return embedding.MoveToOuterDisposeScope();
    }
}
