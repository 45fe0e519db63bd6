using LoraBridge.Diffusion.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Models;

public sealed class UNet2DConditionModelTests
{
    [Fact]
    public void Call_BatchOfTwo_EqualsTheTwoAlone()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var unet = Tiny.UNet();
        var (latents, timesteps, textEmbeddings) = Tiny.UNetInputs(batch: 2);

        var both = unet.call(latents, timesteps, textEmbeddings);

        for (var i = 0L; i < 2; i++)
            TensorAssert.Close(both.narrow(0, i, 1), unet.call(latents.narrow(0, i, 1), timesteps.narrow(0, i, 1), textEmbeddings.narrow(0, i, 1)), 2e-5, $"picture {i}");
    }

    [Fact]
    public void Call_WithAndWithoutGradients_GivesTheSame()
    {
        using var scope = NewDisposeScope();
        using var unet = Tiny.UNet();
        var (latents, timesteps, textEmbeddings) = Tiny.UNetInputs();

        var recorded = unet.call(latents, timesteps, textEmbeddings);
        using var noGrad = no_grad();
        TensorAssert.Close(recorded, unet.call(latents, timesteps, textEmbeddings), 1e-5);
    }

    [Fact]
    public void Call_Twice_LeavesItsInputsAlone()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var unet = Tiny.UNet();
        var (latents, timesteps, textEmbeddings) = Tiny.UNetInputs();
        var kept = latents.clone();

        var first = unet.call(latents, timesteps, textEmbeddings);
        TensorAssert.Same(kept, latents);
        TensorAssert.Same(first, unet.call(latents, timesteps, textEmbeddings));
    }

    [Theory]
    [InlineData(5, 8)]
    [InlineData(12, 9)]
    [InlineData(1, 1)]
    public void Call_SizesThatDoNotHalve_KeepTheirSize(long height, long width)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var unet = Tiny.UNet();
        var (_, timesteps, textEmbeddings) = Tiny.UNetInputs();

        var prediction = unet.call(Tiny.Normal(1, 1, 4, height, width), timesteps, textEmbeddings);

        Assert.Equal([1, 4, height, width], prediction.shape);
        Assert.True(prediction.isfinite().all().ToBoolean());
    }

    [Fact]
    public void Backward_FromThePrediction_ReachesEveryInputAndEveryWeight()
    {
        using var scope = NewDisposeScope();
        using var unet = Tiny.UNet();
        foreach (var parameter in unet.parameters()) parameter.requires_grad = true;
        var (latents, timesteps, textEmbeddings) = Tiny.UNetInputs();
        latents.requires_grad_();
        textEmbeddings.requires_grad_();

        unet.call(latents, timesteps, textEmbeddings).square().mean().backward();

        Assert.True(latents.grad!.abs().sum().ToDouble() > 0);
        Assert.True(textEmbeddings.grad!.abs().sum().ToDouble() > 0);
        Assert.DoesNotContain(unet.named_parameters(), entry => entry.parameter.grad is null);
    }

    [Fact]
    public void Call_BFloat16_StaysNearFloat32()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var exact = Tiny.UNet();
        using var rough = Tiny.UNet(type: ScalarType.BFloat16);
        var (latents, timesteps, textEmbeddings) = Tiny.UNetInputs(size: 16);

        var expected = exact.call(latents, timesteps, textEmbeddings);
        var actual = rough.call(latents, timesteps, textEmbeddings);

        Assert.Equal(ScalarType.Float32, actual.dtype);
        var relative = (actual - expected).square().mean().sqrt().ToDouble() / expected.square().mean().sqrt().ToDouble();
        Assert.InRange(relative, 1e-4, BFloat16Limit);
    }

    /// <summary>Relative rms error of a bfloat16 evaluation.</summary>
    private const double BFloat16Limit = 0.03;

    [Fact]
    public void Call_WeightsStoredNarrower_EqualsWidenedOnes()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var stored = Tiny.UNet(type: ScalarType.Float16);
        stored.ComputeType = ScalarType.Float32;
        using var widened = new UNet2DConditionModel(UNetConfig.Tiny);
        ModelWeights.Fill(widened, (name, _) => stored.get_parameter(name)!.to(float32));
        var (latents, timesteps, textEmbeddings) = Tiny.UNetInputs();

        TensorAssert.Same(widened.call(latents, timesteps, textEmbeddings), stored.call(latents, timesteps, textEmbeddings));
        Assert.All(stored.parameters(), parameter => Assert.Equal(ScalarType.Float16, parameter.dtype));
    }

    [Fact]
    public void Call_LaterFamilysTopology_Runs()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var unet = Tiny.UNet(config: UNetConfig.Tiny with
        {
            Levels = [new(32, [0, 0], [0, 0, 0]), new(64, [2, 2], [2, 2, 2])],
            MiddleDepth = 2,
            LinearProjections = true,
            HeadWidth = 32,
        });
        var (latents, timesteps, textEmbeddings) = Tiny.UNetInputs();

        Assert.Equal(latents.shape, unet.call(latents, timesteps, textEmbeddings).shape);
    }

    [Theory]
    [InlineData(3, 1, 64, "Latents")]
    [InlineData(4, 2, 64, "Timesteps")]
    [InlineData(4, 1, 63, "Text embeddings")]
    public void Call_ShapesThatDoNotFit_NamesTheArgument(long channels, long timesteps, long width, string argument)
    {
        using var scope = NewDisposeScope();
        using var unet = new UNet2DConditionModel(UNetConfig.Tiny);
        var error = Assert.Throws<ArgumentException>(() =>
            unet.call(Tiny.Normal(0, 1, channels, 8, 8), zeros([timesteps], dtype: int64, device: CPU), Tiny.Normal(0, 1, 77, width)));
        Assert.Contains(argument, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sinusoidal_OddWidth_EndsWithAZero()
    {
        using var scope = NewDisposeScope();
        var embedding = TimestepEmbedding.Sinusoidal(tensor(new[] { 3L, 500L }), 7);
        Assert.Equal([2, 7], embedding.shape);
        Assert.Equal(0, embedding.select(1, 6).abs().sum().ToDouble());
        Assert.Equal(Math.Cos(3), embedding[0, 0].ToDouble(), 1e-6);
        Assert.Equal(Math.Sin(3), embedding[0, 3].ToDouble(), 1e-6);
    }
}
