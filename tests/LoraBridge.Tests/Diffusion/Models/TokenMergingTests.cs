using LoraBridge.Diffusion.Models;
using LoraBridge.Tests.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Models;

[Collection(ProcessWide.Name)]
public sealed class TokenMergingTests
{
    [Theory]
    [InlineData(4, 6)]
    [InlineData(5, 7)]
    public void Around_TokensThatAreMergedAndAskedForThemselves_ComeBackInTheirPlaces(long height, long width)
    {
        using var scope = NewDisposeScope();
        // in each cell all tokens are equal, so that whoever is merged gets its own value back; a row or column too many goes with the last cells
        var (down, across) = (height / 2, width / 2);
        long[] cells = [.. from y in Enumerable.Range(0, (int)height) from x in Enumerable.Range(0, (int)width) select (Math.Min(y / 2, down - 1) * across) + Math.Min(x / 2, across - 1)];
        var tokens = Tiny.Normal(3, 2, down * across, 8).index_select(1, tensor(cells));
        var asked = 0L;

        var answered = new TokenMerging(height, width, 0.5).Around(tokens, tokens, few =>
        {
            asked = few.shape[1];
            return few.clone();
        });

        Assert.Equal(height * width - height * width / 2, asked);
        TensorAssert.Same(tokens, answered);
    }

    [Fact]
    public void Around_MergedTokens_GetTheAnswerToTheirMeanWithTheDestination()
    {
        using var scope = NewDisposeScope();
        // the fourth lies nearest to the first, the only destination of 2 x 2
        var tokens = tensor(new float[] { 1, 0, 0, 1, -1, 0, 3, 0.5f }).reshape(1, 4, 2);

        var answered = new TokenMerging(2, 2, 0.25).Around(tokens, tokens, few =>
        {
            Assert.Equal([1L, 3, 2], few.shape);
            return few * 10;
        });

        Assert.Equal([20f, 2.5f, 0, 10, -10, 0, 20, 2.5f], answered.flatten().data<float>().ToArray());
    }

    [Fact]
    public void Around_MoreThanThereIsToMerge_LeavesTheDestinations()
    {
        using var scope = NewDisposeScope();
        var tokens = Tiny.Normal(1, 2, 16, 8);

        new TokenMerging(4, 4, 1).Around(tokens, tokens, few =>
        {
            Assert.Equal(4, few.shape[1]);
            return few.clone();
        });
    }

    [Fact]
    public void Call_WithRatioZero_IsTheNetworkToTheByte()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var unet = Tiny.UNet();
        var (latents, timesteps, text) = Tiny.UNetInputs(batch: 2);
        var plain = unet.call(latents, timesteps, text);

        unet.TokenMergingRatio = 0.5;
        unet.call(latents, timesteps, text);
        unet.TokenMergingRatio = 0;

        TensorAssert.Same(plain, unet.call(latents, timesteps, text));
    }

    [Fact]
    public void Call_WithHalfTheTokensMerged_IsNearTheNetworkAndAlwaysTheSame()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var unet = Tiny.UNet();
        var (latents, timesteps, text) = Tiny.UNetInputs(batch: 2);
        var plain = unet.call(latents, timesteps, text);
        unet.TokenMergingRatio = 0.5;

        var merged = unet.call(latents, timesteps, text);
        var difference = ((merged - plain).norm() / plain.norm()).ToDouble();

        Assert.InRange(difference, 1e-5, 0.5);
        TensorAssert.Same(merged, unet.call(latents, timesteps, text));
        // a picture does not depend on the others of its batch
        TensorAssert.Close(merged.narrow(0, 1, 1), unet.call(latents.narrow(0, 1, 1), timesteps.narrow(0, 1, 1), text.narrow(0, 1, 1)), 2e-5);
    }

    [Fact]
    public void Around_LeavesNoTensorBehind()
    {
        using var tokens = Tiny.Normal(1, 1, 64, 8).DetachFromDisposeScope();
        var before = ProcessWide.CountTensors();

        using (NewDisposeScope()) new TokenMerging(8, 8, 0.5).Around(tokens, tokens, few => few.clone());

        Assert.Equal(before, ProcessWide.CountTensors());
    }
}
