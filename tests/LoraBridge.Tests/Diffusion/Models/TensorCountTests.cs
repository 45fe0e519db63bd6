using LoraBridge.Diffusion.Models;
using LoraBridge.Tests.Goldens;
using LoraBridge.Tests.Native;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Models;

/// <summary>What is made is given back. The count is the process's, so these run alone.</summary>
[Collection(ProcessWide.Name)]
public sealed class TensorCountTests
{
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]        // widened at every use
    public void UNetCall_Always_LeavesOneTensor(ScalarType stored)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var unet = Tiny.UNet(type: stored);
        unet.ComputeType = ScalarType.Float32;
        var (latents, timesteps, textEmbeddings) = Tiny.UNetInputs();

        Assert.Equal(1, MadeBy(() => unet.call(latents, timesteps, textEmbeddings)));
    }

    [Fact]
    public void TextCall_Always_LeavesOneTensor()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var text = Tiny.Text();
        var ids = zeros([2, 77], dtype: int64, device: CPU);

        Assert.Equal(1, MadeBy(() => text.call(ids, 1)));
        Assert.Equal(text.Config.Layers + 1, MadeBy(() => text.HiddenStates(ids)));
    }

    [Fact]
    public void AutoencoderMethods_Always_LeaveTheirResultsAlone()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var autoencoder = Tiny.Autoencoder();
        var (latents, images) = (Tiny.Normal(1, 1, 4, 12, 8), Tiny.Normal(1, 1, 3, 96, 64));
        var tiling = new Tiling { TileSize = 8, Overlap = 2 };

        Assert.Equal(1, MadeBy(() => autoencoder.Decode(latents)));
        Assert.Equal(1, MadeBy(() => autoencoder.DecodeTiled(latents, tiling)));
        Assert.Equal(2, MadeBy(() => autoencoder.Encode(images)));
        Assert.Equal(2, MadeBy(() => autoencoder.EncodeTiled(images, tiling)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1 << 20)]
    public void AttentionChunked_Always_LeavesOneTensor(long chunkBytes)
    {
        using var scope = NewDisposeScope();
        var q = Tiny.Normal(1, 2, 2, 7, 5);

        Assert.Equal(1, MadeBy(() => Attention.Chunked(q, q, q, null, chunkBytes)));
        using var noGrad = no_grad();
        Assert.Equal(1, MadeBy(() => Attention.Chunked(q, q, q, null, chunkBytes)));
    }

    [Fact]
    public void Load_CancelledOnTheWay_LeavesNothing()
    {
        using var cancellation = new CancellationTokenSource();
        var path = Path.Combine(GoldenFolders.Fixtures, "goldens", "sd15-tiny", "model.safetensors");
        var progress = new CancelAfter(20, cancellation);

        Assert.Equal(0, MadeBy(() => Assert.Throws<OperationCanceledException>(() =>
            StableDiffusionModel.Load(path, new() { ComputeType = ComputeType.Float32 }, progress, cancellation.Token))));

        Assert.Equal(20, progress.Reports);
    }

    [Fact]
    public void Dispose_LoadedModel_LeavesNothing()
    {
        var path = Path.Combine(GoldenFolders.Fixtures, "goldens", "sd15-tiny", "model.safetensors");
        Assert.Equal(0, MadeBy(() => StableDiffusionModel.Load(path, new() { ComputeType = ComputeType.Float32 }).Dispose()));
    }

    private static long MadeBy(Action run)
    {
        var before = ProcessWide.CountTensors();
        run();
        return Tensor.TotalCount - before;
    }

    private static long MadeBy<T>(Func<T> run)
    {
        var before = ProcessWide.CountTensors();
        var result = run();
        var made = Tensor.TotalCount - before;
        GC.KeepAlive(result);
        return made;
    }

    private sealed class CancelAfter(int count, CancellationTokenSource cancellation) : IProgress<LoadProgress>
    {
        public int Reports { get; private set; }

        public void Report(LoadProgress value)
        {
            if (++Reports == count) cancellation.Cancel();
        }
    }
}
