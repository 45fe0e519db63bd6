using LoraBridge.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Models;

/// <summary>Small models with random weights of a size that keeps activations near one.</summary>
internal static class Tiny
{
    public static UNet2DConditionModel UNet(ulong seed = 0, UNetConfig? config = null, ScalarType type = ScalarType.Float32) =>
        WithWeights(new UNet2DConditionModel(config ?? UNetConfig.Tiny) { ComputeType = type }, seed, type);

    public static AutoencoderKL Autoencoder(ulong seed = 0, ScalarType type = ScalarType.Float32) =>
        WithWeights(new AutoencoderKL(AutoencoderConfig.Tiny) { ComputeType = type }, seed, type);

    public static ClipTextModel Text(ulong seed = 0) => WithWeights(new ClipTextModel(ClipTextConfig.Tiny), seed, ScalarType.Float32);

    /// <summary>Latents (B, 4, size, size), timesteps (B) and text embeddings (B, 77, D).</summary>
    public static (Tensor Latents, Tensor Timesteps, Tensor TextEmbeddings) UNetInputs(ulong seed = 0, long batch = 1, long size = 8)
    {
        using var generator = new Generator(seed);
        return (
            Normal(generator, batch, 4, size, size),
            arange(batch, dtype: int64, device: CPU) * 300 + 20,
            Normal(generator, batch, 77, UNetConfig.Tiny.ContextDim));
    }

    public static Tensor Normal(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return Normal(generator, shape);
    }

    private static T WithWeights<T>(T model, ulong seed, ScalarType type) where T : nn.Module
    {
        using var generator = new Generator(seed);
        ModelWeights.Fill(model, (name, shape) =>
        {
            using var scope = NewDisposeScope();
            var values = Normal(generator, shape);
            if (shape.Length > 1) values = values / Math.Sqrt(shape[1..].Aggregate(1L, (a, b) => a * b));
            else values = values * 0.1 + (name.EndsWith("bias", StringComparison.Ordinal) ? 0 : 1);
            return values.to(type).MoveToOuterDisposeScope();
        });
        return model;
    }

    private static Tensor Normal(Generator generator, params long[] shape) =>
        randn(shape, dtype: float32, device: CPU, generator: generator);
}
