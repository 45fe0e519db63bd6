using LoraBridge.Generation;
using LoraBridge.Imaging;
using LoraBridge.Tests.Imaging;
using LoraBridge.Tests.Native;

namespace LoraBridge.Tests.Generation;

/// <summary>Jobs that end before their time, previews, and what a job leaves behind; tensors are counted, so these run alone.</summary>
[Collection(ProcessWide.Name)]
public sealed class GenerationControlTests(SharedPipeline shared) : IClassFixture<SharedPipeline>
{
    private static readonly TextToImageRequest s_small = new() { Prompt = "a lighthouse", Width = 64, Height = 64, Steps = 3, Seed = 11, Count = 3 };

    private readonly TextToImage _pipeline = shared.Pipeline;

    [Fact]
    public void Interrupt_OnTheWay_GivesWhatThereIs()
    {
        var all = _pipeline.Generate(s_small).Images;
        var control = new GenerationControl();
        var told = new Reports(at => { if (at is { Pass: 1, Step: 1 }) control.Interrupt(); });
        var result = _pipeline.Generate(s_small, told, control, default);
        Assert.True(result.WasInterrupted);
        Assert.Equal([false, true], result.Images.Select(image => image.IsUnfinished));
        Assert.Equal(all[0].Picture.Pixels, result.Images[0].Picture.Pixels);
        Assert.NotEqual(all[1].Picture.Pixels, result.Images[1].Picture.Pixels);
        Assert.Equal(all[1].Infotext, result.Images[1].Infotext);
        Assert.DoesNotContain(told.All, at => at is { Pass: 1, Step: > 1 });
    }

    [Fact]
    public void Interrupt_BeforeTheJob_MakesNoPicture()
    {
        var control = new GenerationControl();
        control.Interrupt();
        var result = _pipeline.Generate(s_small, null, control, default);
        Assert.Empty(result.Images);
        Assert.True(result.WasInterrupted);
        Assert.Equal(11, result.Facts.Seed);
    }

    [Fact]
    public void Skip_EndsTheBatchAlone()
    {
        var all = _pipeline.Generate(s_small).Images;
        var control = new GenerationControl();
        var result = _pipeline.Generate(s_small, new Reports(at => { if (at is { Pass: 1, Step: 1 }) control.Skip(); }), control, default);
        Assert.False(result.WasInterrupted);
        Assert.Equal([false, true, false], result.Images.Select(image => image.IsUnfinished));
        Assert.Equal(all[2].Picture.Pixels, result.Images[2].Picture.Pixels);
    }

    [Fact]
    public void Interrupt_InTheFirstPass_LeavesTheSecondOut()
    {
        var control = new GenerationControl();
        var request = s_small with { Hires = new() };
        var result = _pipeline.Generate(request, new Reports(at => { if (at.Step == 2) control.Interrupt(); }), control, default);
        var image = Assert.Single(result.Images);
        Assert.True(image.IsUnfinished);
        Assert.Equal(64, image.Picture.Width);
    }

    [Fact]
    public void Preview_Interrupted_HasTheBlendsThatThereAre()
    {
        var control = new GenerationControl();
        var blends = Enumerable.Range(0, 3).Select(_ => new Blend()).ToList();
        var preview = _pipeline.Preview(new() { Picture = s_small, Blends = blends, PicturesAtOnce = 1 }, new Reports(at => { if (at.Pass == 1) control.Interrupt(); }), control, default);
        Assert.InRange(preview.Images.Count, 1, 2);
        control = new();
        control.Interrupt();
        Assert.Empty(_pipeline.Preview(new() { Picture = s_small, Blends = blends }, null, control, default).Images);
    }

    [Fact]
    public void Generate_WithPreviews_ShowsTheBatchEverySoManySteps()
    {
        var told = new Reports();
        var request = s_small with { Steps = 4, BatchSize = 3, Previews = new() { EverySteps = 2 } };
        var images = _pipeline.Generate(request, told).Images;
        var previews = told.All.Where(at => at.Preview is not null).ToList();
        Assert.Equal([2, 4], previews.Select(at => at.Step));
        // three in two rows of two, a pixel for each quarter of the picture's
        Assert.All(previews, at => Assert.Equal((32, 32), (at.Preview!.Width, at.Preview.Height)));
        Assert.Equal(images[0].Picture.Pixels, _pipeline.Generate(request with { Previews = null }).Images[0].Picture.Pixels);
    }

    [Fact]
    public void Generate_WithFullPreviews_ShowsTheLastStepAsItIs()
    {
        var told = new Reports();
        var request = s_small with { Sampler = "Euler", Count = 1, Previews = new() { EverySteps = 1, Kind = PreviewKind.Full } };
        var image = Assert.Single(_pipeline.Generate(request, told).Images);
        // Euler's last step goes all the way to what the network saw
        var last = told.All.Last(at => at.Preview is not null).Preview!;
        Assert.True(image.Picture.Pixels.Zip(last.Pixels, (a, b) => Math.Abs(a - b)).Max() <= 1);
    }

    [Fact]
    public void Generate_Always_LeavesNoTensors()
    {
        var picture = PictureFile.Encode(TestPictures.Smooth(64, 64));
        var mask = PictureFile.Encode(TestPictures.Mask(64, 64, new(0, 0, 30, 30)));
        PictureRequest[] requests =
        [
            s_small with { Count = 2, Hires = new() { Upscaler = "Lanczos", Scale = 1 }, Previews = new() { EverySteps = 1 }, Seamless = true },
            s_small with { Count = 1, Hires = new() { Scale = 1, DenoisingStrength = 0 }, Guidance = new() { NegativeDownTo = 20 } },
            new ImageToImageRequest { Width = 64, Height = 64, Steps = 3, Seed = 1, InitPictures = [picture], Mask = mask, Inpaint = new() { Content = MaskedContent.LatentNoise, OnlyMasked = true } },
        ];
        foreach (var request in requests) Run(request);     // encoded prompts are kept
        foreach (var request in requests)
        {
            var before = ProcessWide.CountTensors();
            Run(request);
            Assert.Equal(before, ProcessWide.CountTensors());
            var control = new GenerationControl();
            _pipeline.Generate(request, new Reports(at => { if (at.Step == 2) control.Interrupt(); }), control, default);
            Assert.Equal(before, ProcessWide.CountTensors());
            using var stop = new CancellationTokenSource();
            Assert.Throws<OperationCanceledException>(() => _pipeline.Generate(request, new Reports(at => { if (at.Step == 1) stop.Cancel(); }), stop.Token));
            Assert.Equal(before, ProcessWide.CountTensors());
        }

        void Run(PictureRequest request) => _pipeline.Generate(request);
    }

    [Fact]
    public void Generate_Seamless_ContinuesAtTheOppositeEdgeAndForgetsIt()
    {
        var request = s_small with { Count = 1 };
        var plain = _pipeline.Generate(request).Images[0].Picture.Pixels;
        var tile = _pipeline.Generate(request with { Seamless = true }).Images[0];
        Assert.NotEqual(plain, tile.Picture.Pixels);
        Assert.Contains("Tiling: True", tile.Infotext, StringComparison.Ordinal);
        Assert.Equal(plain, _pipeline.Generate(request).Images[0].Picture.Pixels);
    }
}
