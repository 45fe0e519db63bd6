using LoraBridge.Diffusion.Models;
using LoraBridge.Training.Preflight;

namespace LoraBridge.Tests.Training.Preflight;

public sealed class UNetActivationsTests
{
    [Fact]
    public void Training_WithoutCheckpoints_GrowsWithEveryPicture()
    {
        // the transient part depends on the rows of scores that are made at a time, so without scores it is proportional
        long Of(long batch) => new UNetActivations(UNetConfig.Tiny, batch, 32, 32, 77, 4, keepsScores: false).Training(false);
        Assert.Equal(3 * Of(1), Of(3));
    }

    [Fact]
    public void Training_OneLevelWithoutTransformers_IsWhatCountingByHandGives()
    {
        var config = new UNetConfig { ModelChannels = 32, EmbeddingChannels = 128, ContextDim = 64, Levels = [new(32, [0], [0])], MiddleDepth = 0 };
        // maps of 32 channels: the first convolution's output; a block of norm, activation (2 of its input) and 3 of its own, and its output;
        // two such blocks in the middle, the second with its input; on the way up both maps joined (2), norm and activation of them (4), 3 of
        // its own, twice, for there are two skips and one block: one of them
        var map = 32L * 8 * 8 * 4;
        var up = 2 + 4 + 3 + 1;
        var transient = 3 * 2;                                                  // of the joined width
        Assert.Equal((1 + (5 + 1) + (5 + 6 + 1) + up + transient) * map, new UNetActivations(config, 1, 8, 8, 77, 4, true).Training(false));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(32)]
    [InlineData(64)]
    public void Training_Checkpoints_TakeLess(long side)
    {
        var activations = Full(side);
        Assert.True(activations.Training(checkpoints: true) < 0.7 * activations.Training(checkpoints: false));
    }

    [Fact]
    public void Training_Scores_AreMostOfWhatIsKeptOfALargePicture()
    {
        var without = new UNetActivations(UNetConfig.Sd15, 1, 64, 64, 77, 4, keepsScores: false).Training(false);
        // 4096 x 4096 for each of 8 heads, in the five transformers of the finest level
        var finest = 5 * 8 * 4096L * 4096 * 4;
        Assert.InRange(Full(64).Training(false) - without, finest, 1.2 * finest);
    }

    [Fact]
    public void Training_HalfPrecision_TakesHalf()
    {
        long Of(int bytes) => new UNetActivations(UNetConfig.Sd15, 2, 16, 16, 77, bytes, false).Training(true);
        Assert.Equal(Of(4), 2 * Of(2));
    }

    [Fact]
    public void Inference_TakesLessThanCheckpoints_AndOddSizesAreRoundedUp()
    {
        Assert.True(Full(32).Inference() < Full(32).Training(true));
        Assert.True(Full(13).Training(true) > Full(12).Training(true));
        Assert.True(Full(13).Training(true) <= Full(16).Training(true));
    }

    private static UNetActivations Full(long side) => new(UNetConfig.Sd15, 1, side, side, 77, 4, keepsScores: true);
}
