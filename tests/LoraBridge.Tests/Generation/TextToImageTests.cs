using LoraBridge.Diffusion.Models;
using LoraBridge.Generation;

namespace LoraBridge.Tests.Generation;

public sealed class TextToImageTests : IDisposable
{
    private static readonly TextToImageRequest s_small = new() { Prompt = "a lighthouse", Width = 64, Height = 64, Steps = 3, Seed = 11 };

    private readonly TextToImage _pipeline = Pipelines.Load(Pipelines.TinyModel, ComputeType.Float32);

    public void Dispose() => _pipeline.Dispose();

    [Fact]
    public void Generate_TheSameSeed_GivesTheSameBytes()
    {
        var first = Assert.Single(_pipeline.Generate(s_small).Images);
        var second = Assert.Single(_pipeline.Generate(s_small).Images);
        Assert.Equal(first.Picture.Pixels, second.Picture.Pixels);
        Assert.NotEqual(first.Picture.Pixels, Assert.Single(_pipeline.Generate(s_small with { Seed = 12 }).Images).Picture.Pixels);
    }

    [Theory]
    [InlineData("Euler a")]
    [InlineData("DPM++ 2M SDE")]
    [InlineData("DDIM")]
    public void Generate_InABatch_GivesThePicturesThatTheirSeedsGiveAlone(string sampler)
    {
        var request = s_small with { Sampler = sampler, Count = 3, BatchSize = 3 };
        var together = _pipeline.Generate(request).Images;
        Assert.Equal([11L, 12L, 13L], together.Select(image => image.Seed));
        foreach (var image in together)
        {
            var alone = Assert.Single(_pipeline.Generate(request with { Count = 1, Seed = image.Seed }).Images);
            // a batch sums in another order: a pixel may round to its neighbour
            Assert.True(alone.Picture.Pixels.Zip(image.Picture.Pixels, (a, b) => Math.Abs(a - b)).Max() <= 1);
            Assert.Equal(alone.Infotext, image.Infotext);
        }
    }

    [Fact]
    public void Generate_PromptsOfDifferentLength_AreGuidedAllTheSame()
    {
        var longPrompt = string.Join(", ", Enumerable.Repeat("a very long prompt", 30));
        var images = _pipeline.Generate(s_small with { Prompt = longPrompt, NegativePrompt = "blurry", Count = 2, BatchSize = 2 }).Images;
        Assert.Equal(2, images.Count);
    }

    [Fact]
    public void Generate_TwoPartsOfHalfTheWeight_AreThePromptItself()
    {
        var plain = Assert.Single(_pipeline.Generate(s_small).Images);
        var composed = Assert.Single(_pipeline.Generate(s_small with { Prompt = "a lighthouse :0.5 AND a lighthouse :0.5" }).Images);
        Assert.True(plain.Picture.Pixels.Zip(composed.Picture.Pixels, (a, b) => Math.Abs(a - b)).Max() <= 1);
    }

    [Fact]
    public void Generate_GuidanceOfOne_ForgetsTheNegativePrompt()
    {
        var one = Assert.Single(_pipeline.Generate(s_small with { GuidanceScale = 1, NegativePrompt = "fog" }).Images);
        var other = Assert.Single(_pipeline.Generate(s_small with { GuidanceScale = 1, NegativePrompt = "rain" }).Images);
        Assert.True(one.Picture.Pixels.Zip(other.Picture.Pixels, (a, b) => Math.Abs(a - b)).Max() <= 1);
    }

    [Fact]
    public void Generate_AScheduledPrompt_ChangesAtItsStep()
    {
        var request = s_small with { Sampler = "Euler", Steps = 4 };
        var cat = Assert.Single(_pipeline.Generate(request with { Prompt = "cat" }).Images);
        var late = Assert.Single(_pipeline.Generate(request with { Prompt = "[cat:dog:4]" }).Images);
        var early = Assert.Single(_pipeline.Generate(request with { Prompt = "[cat:dog:1]" }).Images);
        Assert.Equal(cat.Picture.Pixels, late.Picture.Pixels);
        Assert.NotEqual(cat.Picture.Pixels, early.Picture.Pixels);
    }

    [Fact]
    public void Generate_DescribesThePictureAsTheWebUiDoes()
    {
        var image = Assert.Single(_pipeline.Generate(s_small with { NegativePrompt = "fog", Sampler = "DPM++ 2M", GuidanceScale = 6.5, ClipSkip = 2 }).Images);
        Assert.Matches("""
            ^a lighthouse
            Negative prompt: fog
            Steps: 3, Sampler: DPM\+\+ 2M, Schedule type: Karras, CFG scale: 6\.5, Seed: 11, Size: 64x64, Model hash: [0-9a-f]{10}, Model: model, Clip skip: 2, Version: LoraBridge [0-9.]+$
            """.Replace("\r", "", StringComparison.Ordinal), image.Infotext);
        Assert.Equal(image.Infotext, image.Picture.Parameters);
    }

    [Fact]
    public void Generate_TellsItsProgressUpToTheEnd()
    {
        var told = new List<double>();
        _pipeline.Generate(s_small with { Count = 2 }, new Listener(told.Add));
        Assert.Equal(told.Order(), told);
        Assert.Equal(0, told[0]);
        Assert.Equal(1, told[^1]);
    }

    [Fact]
    public void Generate_Cancelled_Throws()
    {
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => _pipeline.Generate(s_small with { Steps = 50 }, new Listener(_ => stop.Cancel()), stop.Token));
    }

    [Theory]
    [InlineData(100, 64, 3, "Width must be a multiple of 8")]
    [InlineData(64, 0, 3, "Height must be a multiple of 8")]
    [InlineData(64, 64, 0, "Steps must be from 1 to 1000")]
    public void Generate_NumbersOutOfRange_AreNamed(int width, int height, int steps, string message)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _pipeline.Generate(s_small with { Width = width, Height = height, Steps = steps }));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_ClipSkipBeyondTheLayers_IsNamed()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _pipeline.Generate(s_small with { ClipSkip = 9 }));
        Assert.Contains("ClipSkip must be from 1 to 3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_StartNoiseOfAnotherSize_SaysWhatIsNeeded()
    {
        var noise = Path.Combine(Path.GetDirectoryName(Pipelines.TinyModel)!, "samplers.safetensors");
        var error = Assert.Throws<ArgumentException>(() => _pipeline.Generate(s_small with { StartNoisePath = noise }));
        Assert.Contains("needs [4, 8, 8]", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<ArgumentException>(() => _pipeline.Generate(s_small with { StartNoisePath = Pipelines.TinyModel }));
        Assert.Contains("holds no tensor 'noise'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WithoutAVocabulary_NamesTheCures()
    {
        var error = Assert.Throws<LoraBridge.Diffusion.Text.VocabularyMissingException>(() => TextToImage.Load(new() { ModelPath = Pipelines.TinyModel }));
        Assert.Contains("setup", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_InBfloat16_StaysNearFloat32()
    {
        using var half = Pipelines.Load(Pipelines.TinyModel, ComputeType.BFloat16);
        var request = s_small with { Sampler = "Euler", Steps = 5, GuidanceScale = 2 };
        var exact = Assert.Single(_pipeline.Generate(request).Images).Picture.Pixels;
        var near = Assert.Single(half.Generate(request).Images).Picture.Pixels;
        // noise from random weights, 8 bits of mantissa, five steps: a few steps of 255 on average, and nothing like another picture
        Assert.InRange(exact.Zip(near, (a, b) => Math.Abs(a - b)).Average(), 0, 8);
        Assert.InRange(exact.Zip(Assert.Single(_pipeline.Generate(request with { Seed = 12 }).Images).Picture.Pixels, (a, b) => Math.Abs(a - b)).Average(), 10, 255);
    }

    private sealed class Listener(Action<double> told) : IProgress<SamplingProgress>
    {
        public void Report(SamplingProgress value) => told(value.Fraction);
    }
}
