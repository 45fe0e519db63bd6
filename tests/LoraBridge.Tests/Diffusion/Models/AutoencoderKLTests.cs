using LoraBridge.Diffusion.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Models;

public sealed class AutoencoderKLTests
{
    [Fact]
    public void DecodeThenEncode_AnySize_KeepsTheSize()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var autoencoder = Tiny.Autoencoder();

        var image = autoencoder.Decode(Tiny.Normal(1, 1, 4, 5, 7));
        var (mean, logVariance) = autoencoder.Encode(image);

        Assert.Equal([1, 3, 40, 56], image.shape);
        Assert.Equal([1, 4, 5, 7], mean.shape);
        Assert.Equal([1, 4, 5, 7], logVariance.shape);
    }

    [Fact]
    public void DecodeTiled_OneTile_EqualsDecode()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var autoencoder = Tiny.Autoencoder();
        var latents = Tiny.Normal(1, 1, 4, 8, 8);

        TensorAssert.Close(autoencoder.Decode(latents), autoencoder.DecodeTiled(latents, new Tiling()), 1e-6);
    }

    [Fact]
    public void DecodeTiled_SeveralTiles_IsNearDecode()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var autoencoder = Tiny.Autoencoder();
        var latents = Tiny.Normal(1, 1, 4, 28, 16);

        var whole = autoencoder.Decode(latents);
        var tiled = autoencoder.DecodeTiled(latents, new Tiling { TileSize = 16, Overlap = 4 });

        // what is left is that each tile is normalised by its own mean and variance: random weights show it at its worst
        static Tensor Middle(Tensor image) => image.narrow(2, 64, 96);
        Assert.InRange(RelativeError(Middle(whole), Middle(tiled)), 0, 0.25);
    }

    [Fact]
    public void EncodeTiled_SeveralTiles_IsNearEncode()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var autoencoder = Tiny.Autoencoder();
        var images = Tiny.Normal(1, 1, 3, 192, 96).clamp(-1, 1);

        var (mean, logVariance) = autoencoder.Encode(images);
        var (tiledMean, tiledLogVariance) = autoencoder.EncodeTiled(images, new Tiling { TileSize = 16, Overlap = 4 });

        Assert.InRange(RelativeError(mean, tiledMean), 0, 0.15);
        Assert.InRange(RelativeError(logVariance, tiledLogVariance), 0, 0.15);
    }

    [Fact]
    public void Decode_BFloat16_StaysNearFloat32()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var exact = Tiny.Autoencoder();
        using var rough = Tiny.Autoencoder(type: ScalarType.BFloat16);
        var latents = Tiny.Normal(1, 1, 4, 8, 8);

        var actual = rough.Decode(latents);

        Assert.Equal(ScalarType.Float32, actual.dtype);
        Assert.False(rough.FellBackToFloat32);
        Assert.InRange(RelativeError(exact.Decode(latents), actual), 1e-4, 0.03);
    }

    [Fact]
    public void Decode_HalfPrecisionOverflows_IsDoneAgainInFloat32()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var autoencoder = Tiny.Autoencoder(type: ScalarType.BFloat16);
        // a layer that leaves the range of the type, as float16 does on its own
        using var hook = new Overflow(autoencoder);

        var image = autoencoder.Decode(Tiny.Normal(1, 1, 4, 4, 4));

        Assert.True(image.isfinite().all().ToBoolean());
        Assert.True(autoencoder.FellBackToFloat32);
        Assert.Equal(ScalarType.Float32, autoencoder.ComputeType);
    }

    [Fact]
    public void Encode_LogVarianceOutOfRange_IsClamped()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var autoencoder = Tiny.Autoencoder();
        autoencoder.get_parameter("quant_conv.bias")!.narrow(0, 4, 4).fill_(1000);

        var (_, logVariance) = autoencoder.Encode(Tiny.Normal(1, 1, 3, 16, 16));

        Assert.Equal(20, logVariance.max().ToDouble());
    }

    [Fact]
    public void Backward_FromTheDecodedPicture_ReachesTheLatents()
    {
        using var scope = NewDisposeScope();
        using var autoencoder = Tiny.Autoencoder();
        var latents = Tiny.Normal(1, 1, 4, 4, 4).requires_grad_();

        autoencoder.Decode(latents).square().mean().backward();

        Assert.True(latents.grad!.abs().sum().ToDouble() > 0);
    }

    [Fact]
    public void Encode_SizeNotOfWholeCells_SaysWhatIsAllowed()
    {
        using var scope = NewDisposeScope();
        using var autoencoder = new AutoencoderKL(AutoencoderConfig.Tiny);
        var error = Assert.Throws<ArgumentException>(() => autoencoder.Encode(Tiny.Normal(1, 1, 3, 16, 20)));
        Assert.Contains("multiples of 8", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => autoencoder.Decode(Tiny.Normal(1, 1, 3, 8, 8)));
    }

    [Fact]
    public void FromShapes_ShapesOfAConfig_DescribeTheSameNetwork()
    {
        using var model = new AutoencoderKL(new() { EncoderChannels = [32, 64, 96], DecoderChannels = [64, 64, 128], EncoderBlocks = 1, DecoderBlocks = 2, LatentChannels = 16 });
        var shapes = ModelWeights.Shapes(model).ToDictionary(slot => slot.Name, slot => slot.Shape);

        using var again = new AutoencoderKL(AutoencoderConfig.FromShapes(shapes, new ModelHints()));

        Assert.Equal(4, again.Config.PixelsPerCell);
        var read = ModelWeights.Shapes(again).ToDictionary(slot => slot.Name, slot => slot.Shape);
        Assert.Equal(shapes.Keys, read.Keys);
        Assert.All(shapes, entry => Assert.Equal(entry.Value, read[entry.Key]));
    }

    private static double RelativeError(Tensor expected, Tensor actual) =>
        (actual - expected).square().mean().sqrt().ToDouble() / expected.square().mean().sqrt().ToDouble();

    /// <summary>Makes the decoder's first convolution return infinities while it is asked for a half-precision type.</summary>
    private sealed class Overflow : IDisposable
    {
        private readonly Action _remove;

        public Overflow(nn.Module model)
        {
            var convolution = (nn.Module<Tensor, Tensor>)model.named_modules().Single(entry => entry.name == "decoder.conv_in").module;
            var hook = convolution.register_forward_hook((_, _, y) => y.dtype == ScalarType.Float32 ? y : y * float.PositiveInfinity);
            _remove = hook.remove;
        }

        public void Dispose() => _remove();
    }
}
