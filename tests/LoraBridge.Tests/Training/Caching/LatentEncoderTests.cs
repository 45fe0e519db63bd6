using LoraBridge.Diffusion.Models;
using LoraBridge.Tests.Diffusion.Models;
using LoraBridge.Training.Caching;
using LoraBridge.Training.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Training.Caching;

public sealed class LatentEncoderTests
{
    [Fact]
    public void Encode_OnePictureLeavesTheHalfType_IsComputedAgainAloneAndNamed()
    {
        using var scope = NewDisposeScope();
        using var autoencoder = Tiny.Autoencoder(type: ScalarType.BFloat16);
        var (dark, bright) = (zeros(1, 3, 32, 32), ones(1, 3, 32, 32));
        var encoder = new LatentEncoder(autoencoder);
        var (expected, _) = encoder.Encode(dark, ["dark"]);
        using var hook = new BrightOverflows(autoencoder);
        var notes = new List<string>();

        var (mean, logVariance) = encoder.Encode(cat([dark, bright, dark], dim: 0), ["a.png", "bright.png", "c.png"], notes.Add);

        Assert.StartsWith("bright.png: ", Assert.Single(notes), StringComparison.Ordinal);
        Assert.True(mean.isfinite().all().ToDouble() == 1 && logVariance.isfinite().all().ToDouble() == 1);
        // the others are what they are without it, in the half type
        TensorAssert.Same(expected, mean.narrow(0, 0, 1));
        TensorAssert.Same(expected, mean.narrow(0, 2, 1));
        Assert.Equal(ScalarType.BFloat16, autoencoder.ComputeType);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Encode_NeverFinite_NamesThePicture(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var autoencoder = Tiny.Autoencoder(type: type);
        using (no_grad()) autoencoder.get_parameter("encoder.conv_in.bias")!.fill_(double.NaN);

        var e = Assert.Throws<DatasetException>(() => new LatentEncoder(autoencoder).Encode(zeros(1, 3, 32, 32), ["bad.png"]));

        Assert.Contains("bad.png", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_LargePicture_IsTiled()
    {
        using var scope = NewDisposeScope();
        using var autoencoder = Tiny.Autoencoder();
        var pixels = Tiny.Normal(3, 1, 3, 64, 96);
        var tiling = new Tiling { TileSize = 6, Overlap = 2 };
        var encoder = new LatentEncoder(autoencoder, new() { TileAbove = 64 * 95, Tiling = tiling });

        var (mean, _) = encoder.Encode(pixels, ["a"]);

        Assert.True(encoder.IsTiled(new(96, 64)));
        Assert.False(encoder.IsTiled(new(64, 95)));
        Assert.NotEqual(encoder.TilingOf(new(96, 64)), encoder.TilingOf(new(64, 64)));
        using var noGrad = no_grad();
        TensorAssert.Same(autoencoder.EncodeTiled(pixels, tiling).Mean, mean);
    }

    [Fact]
    public void Sample_Posterior_IsMeanAndDeviationTimesNoise()
    {
        using var scope = NewDisposeScope();
        var (mean, noise) = (Tiny.Normal(1, 2, 4, 3, 3), Tiny.Normal(2, 2, 4, 3, 3));
        var posterior = new LatentPosterior(mean, full([2, 4, 3, 3], 2 * Math.Log(3), dtype: ScalarType.Float32), null);

        TensorAssert.Close((mean + 3 * noise) * 0.18215, posterior.Sample(noise, 0.18215));
        TensorAssert.Close(mean * 0.18215, posterior.Mode(0.18215));
        Assert.Throws<ArgumentException>(() => posterior.Sample(noise.narrow(0, 0, 1), 1));
    }

    // what float16 does on its own with some pictures
    private sealed class BrightOverflows : IDisposable
    {
        private readonly Action _remove;

        public BrightOverflows(nn.Module model)
        {
            var convolution = (nn.Module<Tensor, Tensor>)model.named_modules().Single(entry => entry.name == "encoder.conv_in").module;
            var hook = convolution.register_forward_hook((_, x, y) =>
                y.dtype == ScalarType.Float32 ? y : y.masked_fill(x.to(ScalarType.Float32).mean([1, 2, 3], keepdim: true).gt(0.5), float.PositiveInfinity));
            _remove = hook.remove;
        }

        public void Dispose() => _remove();
    }
}
