using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Noise;
using LoraBridge.Diffusion.Sampling;
using LoraBridge.Diffusion.Text;
using LoraBridge.Generation;
using LoraBridge.Imaging;
using LoraBridge.Tests.Imaging;

namespace LoraBridge.Tests.Generation;

public sealed class InfotextRequestsTests(SharedPipeline shared) : IClassFixture<SharedPipeline>
{
    private readonly TextToImage _pipeline = shared.Pipeline;

    public static TheoryData<TextToImageRequest> Requests =>
    [
        new TextToImageRequest { Prompt = "a (heron:1.2),\nreeds: tall", NegativePrompt = "fog\nrain", Emphasis = EmphasisMode.NoNorm, Sampler = "DPM++ 2M", GuidanceScale = 6.5 },
        new TextToImageRequest
        {
            Prompt = "tower", Hires = new() { Scale = 1.5, Steps = 2, Sampler = "DDIM", Prompt = "tower, \"storm\"\nclose: up", DenoisingStrength = 0.45, Upscaler = "Latent (nearest-exact)" },
        },
        new TextToImageRequest
        {
            Prompt = "tower", NegativePrompt = "fog", Sampler = "Euler", Scheduler = "SGM Uniform", SubseedStrength = 0.25, Subseed = 7, NoiseOrigin = NoiseOrigin.Cpu, ClipSkip = 2,
            SeedResizeFromWidth = 48, SeedResizeFromHeight = 32, Seamless = true, Hires = new() { ResizeWidth = 96, Upscaler = "Lanczos", Scheduler = "Karras", NegativePrompt = "rain", DenoisingStrength = 0.3 },
            Sampling = new() { Churn = 3, ChurnFrom = 0.5, ChurnUpTo = 10, NoiseFactor = 1.01, KeepVariance = true, Scheduler = new() { SigmaMin = 0.05, SigmaMax = 12, AlwaysDiscardNextToLastSigma = true } },
            Guidance = new() { NegativeDownTo = 3, NegativeDownToAtEveryStep = true, NegativeFrom = 0.1 },
        },
        new TextToImageRequest { Prompt = "[a:b:0.5]", OldTimelines = true, Sampler = "UniPC", Sampling = new() { ZeroTerminalSnr = true, DowncastAlphas = true, UniPc = new() { Variant = UniPcVariant.Bh2, Order = 2, SkipType = UniPcSkipType.LogSnr, LowerOrderFinal = false } } },
        new TextToImageRequest { Prompt = "a", Sampler = "Euler a", Scheduler = "Beta", EtaNoiseSeedDelta = 31337, Eta = 0.5, Sampling = new() { Scheduler = new() { BetaAlpha = 0.5, BetaBeta = 0.7 } } },
        new TextToImageRequest { Prompt = "a", Sampler = "DDIM", Eta = 0.5, NegativePrompt = string.Join(' ', Enumerable.Repeat("words", 80)), Guidance = new() { Padding = PromptPadding.EmptyPrompt } },
    ];

    [Theory]
    [MemberData(nameof(Requests))]
    public void ToTextToImage_OfAPicturesInfotext_DrawsItAgain(TextToImageRequest request)
    {
        var image = Assert.Single(_pipeline.Generate(request with { Width = 64, Height = 48, Steps = 2, Seed = 11 }).Images);
        var read = InfotextReader.Read(image.Infotext).ToTextToImage();
        var again = Assert.Single(_pipeline.Generate(read).Images);
        Assert.Equal(image.Infotext, again.Infotext);
        Assert.Equal(image.Picture.Pixels, again.Picture.Pixels);
        // only names of schedulers may be said in full where they were left open
        Assert.Equal(request.Sampling, read.Sampling);
        Assert.Equal(request.Guidance, read.Guidance);
        Assert.Equal((request.Prompt, request.NegativePrompt, request.Eta, request.Seamless), (read.Prompt, read.NegativePrompt, read.Eta, read.Seamless));
    }

    [Fact]
    public void ToImageToImage_OfAPicturesInfotext_DrawsItAgain()
    {
        ImageToImageRequest request = new()
        {
            Prompt = "tower",
            Width = 64,
            Height = 64,
            Steps = 4,
            Seed = 3,
            DenoisingStrength = 0.6,
            InitialNoiseFactor = 0.9,
            ExtraNoise = 0.1,
            InitPictures = [PictureFile.Encode(TestPictures.Smooth(80, 80))],
            Mask = PictureFile.Encode(TestPictures.Mask(80, 80, new(30, 30, 50, 60))),
            Inpaint = new() { BlurX = 2, BlurY = 2, Invert = true, OnlyMasked = true, Padding = 8, Content = MaskedContent.LatentNoise },
        };
        var image = Assert.Single(_pipeline.Generate(request).Images);
        var read = InfotextReader.Read(image.Infotext).ToImageToImage(new() { InitPictures = request.InitPictures, Mask = request.Mask });
        Assert.Equal(request.Inpaint, read.Inpaint);
        Assert.Equal(image.Picture.Pixels, Assert.Single(_pipeline.Generate(read).Images).Picture.Pixels);
        Assert.Contains("Denoising strength: 0.6, Mask mode: Inpaint not masked, Mask blur: 2, Inpaint area: Only masked, Masked area padding: 8, Masked content: latent noise, Noise multiplier: 0.9, Extra noise: 0.1, Version", image.Infotext, StringComparison.Ordinal);
    }

    [Fact]
    public void ToTextToImage_WhereNothingIsSaid_KeepsWhatHeld()
    {
        TextToImageRequest otherwise = new() { Prompt = "x", Steps = 33, Sampler = "Heun", Hires = new() { Scale = 3 } };
        Assert.Equal(otherwise with { Prompt = "p" }, InfotextReader.Read("p").ToTextToImage(otherwise));
        var hires = InfotextReader.Read("p\nSteps: 3, Denoising strength: 0.5, Hires upscaler: Latent, Hires sampler: Use same sampler").ToTextToImage();
        Assert.Equal(new HiresSettings { DenoisingStrength = 0.5 }, hires.Hires);
        Assert.Null(InfotextReader.Read("p\nSteps: 3, Denoising strength: 0.5, Seed: 1").ToTextToImage().Hires);
    }
}
