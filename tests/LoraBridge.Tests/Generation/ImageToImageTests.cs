using LoraBridge.Diffusion.Noise;
using LoraBridge.Diffusion.Sampling;
using LoraBridge.Generation;
using LoraBridge.Imaging;
using LoraBridge.Tests.Imaging;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Generation;

public sealed class ImageToImageTests(SharedPipeline shared) : IClassFixture<SharedPipeline>
{
    private static readonly Picture s_init = TestPictures.Smooth(64, 64);
    private static readonly ImageToImageRequest s_small = new()
    {
        Prompt = "a lighthouse",
        NegativePrompt = "fog",
        Sampler = "Euler",
        Width = 64,
        Height = 64,
        Steps = 5,
        DenoisingStrength = 0.5,
        Seed = 11,
        InitPictures = [PictureFile.Encode(s_init)],
    };

    private readonly TextToImage _pipeline = shared.Pipeline;

    [Theory]
    [InlineData("Euler")]
    [InlineData("DDIM")]
    public void Generate_UnderAMask_IsWhatTheStepsByHandGive(string sampler)
    {
        var mask = TestPictures.Mask(64, 64, new(16, 16, 48, 48));
        var request = s_small with { Sampler = sampler, Mask = PictureFile.Encode(mask), ExtraNoise = 0.05, InitialNoiseFactor = 0.95, Inpaint = new() { BlurX = 0, BlurY = 0, Overlay = false } };
        var image = Assert.Single(_pipeline.Generate(request).Images);

        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var expected = ByHand(request, mask);
        var decoded = _pipeline.Parts.Codec.Decode(expected, tiled: false);
        Assert.InRange(Furthest(decoded, image.Picture), 0, 1);
    }

    [Fact]
    public void Generate_ABlackMask_IsThePictureExactly()
    {
        var image = Assert.Single(_pipeline.Generate(s_small with { Mask = PictureFile.Encode(new(64, 64, 1)), DenoisingStrength = 1 }).Images);
        Assert.Equal(s_init.Pixels, image.Picture.Pixels);
    }

    [Fact]
    public void Generate_ABlackMaskWhereOnlyItsPartIsWanted_DrawsAllAndSaysSo()
    {
        var plain = Assert.Single(_pipeline.Generate(s_small).Images);
        var result = _pipeline.Generate(s_small with { Mask = PictureFile.Encode(new(64, 64, 1)), Inpaint = new() { OnlyMasked = true } });
        Assert.Equal(plain.Picture.Pixels, result.Images[0].Picture.Pixels);
        Assert.Contains("The mask is black", Assert.Single(result.Warnings).Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("Inpaint area", result.Images[0].Infotext, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_UnderAMask_KeepsThePixelsOutside()
    {
        var mask = TestPictures.Mask(64, 64, new(24, 24, 40, 40));
        var image = Assert.Single(_pipeline.Generate(s_small with { Mask = PictureFile.Encode(mask), Inpaint = new() { BlurX = 2, BlurY = 2 } }).Images);
        for (var y = 0; y < 64; y++)
            for (var x = 0; x < 64; x++)
                // twice the blur's reach is more than it can show
                if (x is < 16 or >= 48 || y is < 16 or >= 48) Assert.Equal(s_init.Row(y).Slice(3 * x, 3).ToArray(), image.Picture.Row(y).Slice(3 * x, 3).ToArray());
        Assert.NotEqual(s_init.Row(32).Slice(3 * 32, 3).ToArray(), image.Picture.Row(32).Slice(3 * 32, 3).ToArray());
    }

    [Fact]
    public void Generate_OnlyMasked_IsCropDrawAndPaste()
    {
        var init = TestPictures.Smooth(120, 100);
        var mask = TestPictures.Mask(120, 100, new(40, 30, 70, 50));
        var request = s_small with
        {
            InitPictures = [PictureFile.Encode(init)],
            Mask = PictureFile.Encode(mask),
            Inpaint = new() { BlurX = 0, BlurY = 0, OnlyMasked = true, Padding = 10, Content = MaskedContent.Fill },
        };
        var image = Assert.Single(_pipeline.Generate(request).Images);
        Assert.Equal((120, 100), (image.Picture.Width, image.Picture.Height));

        var region = new PictureRegion(30, 20, 80, 60).GrownTo(64, 64, init);
        Assert.Equal((50, 50), (region.Width, region.Height));
        var part = Assert.Single(_pipeline.Generate(request with
        {
            InitPictures = [PictureFile.Encode(init.Cropped(region).Resized(64, 64))],
            Mask = PictureFile.Encode(mask.Cropped(region).Resized(64, 64)),
            Inpaint = request.Inpaint with { OnlyMasked = false, Overlay = false },
        }).Images).Picture;
        var pasted = new Picture(120, 100, 3);
        part.Resized(50, 50).PasteOnto(pasted, region.Left, region.Top);
        Assert.Equal(PictureMask.Choose(mask, pasted, init).Pixels, image.Picture.Pixels);
    }

    [Fact]
    public void Generate_InABatch_GivesThePicturesThatTheirSeedsGiveAlone()
    {
        var request = s_small with { Count = 3, BatchSize = 3, Mask = PictureFile.Encode(TestPictures.Mask(64, 64, new(0, 0, 40, 64))), Inpaint = new() { Content = MaskedContent.LatentNoise } };
        var together = _pipeline.Generate(request).Images;
        Assert.Equal([11L, 12L, 13L], together.Select(image => image.Seed));
        foreach (var image in together)
        {
            var alone = Assert.Single(_pipeline.Generate(request with { Count = 1, BatchSize = 1, Seed = image.Seed }).Images);
            Assert.InRange(Furthest(alone.Picture, image.Picture), 0, 1);
            Assert.Equal(alone.Infotext, image.Infotext);
        }
    }

    [Fact]
    public void Generate_SeveralPictures_MakesBatchesOfTheirNumber()
    {
        var other = TestPictures.Smooth(80, 64, turn: 2);
        var request = s_small with { InitPictures = [PictureFile.Encode(s_init), PictureFile.Encode(other)], BatchSize = 4, Count = 8, Steps = 2 };
        var result = _pipeline.Generate(request);
        Assert.Equal(4, result.Images.Count);
        Assert.Equal(2, result.Facts.BatchSize);
        var second = Assert.Single(_pipeline.Generate(request with { InitPictures = [PictureFile.Encode(other)], Seed = 12, Count = 1, BatchSize = 1 }).Images);
        Assert.InRange(Furthest(second.Picture, result.Images[1].Picture), 0, 1);
    }

    [Fact]
    public void Generate_NoStrength_IsNearlyThePictureAndWithExactStepsThePicture()
    {
        var round = Assert.Single(_pipeline.Generate(s_small with { DenoisingStrength = 0, ExactSteps = true }).Images);
        var other = Assert.Single(_pipeline.Generate(s_small with { DenoisingStrength = 0, ExactSteps = true, Prompt = "a cat", Sampler = "DPM++ 2M SDE" }).Images);
        Assert.Equal(round.Picture.Pixels, other.Picture.Pixels);
        var (oneStep, most) = (Difference(0), Difference(0.8));
        Assert.InRange(oneStep, 0.01, most / 2);

        double Difference(double strength) =>
            Assert.Single(_pipeline.Generate(s_small with { DenoisingStrength = strength }).Images).Picture.Pixels.Zip(round.Picture.Pixels, (a, b) => Math.Abs(a - b)).Average();
    }

    [Theory]
    [InlineData("DPM++ 2M SDE")]
    [InlineData("PLMS")]
    [InlineData("UniPC")]
    [InlineData("Restart")]
    [InlineData("LCM")]
    public void Generate_AnySampler_ComesFromThePicture(string sampler)
    {
        var told = new Reports();
        var image = Assert.Single(_pipeline.Generate(s_small with { Sampler = sampler, Steps = 6 }, told).Images);
        Assert.Equal(4, told.All[1].Steps);
        Assert.Contains($"Sampler: {sampler}, ", image.Infotext, StringComparison.Ordinal);
        Assert.Contains("Denoising strength: 0.5", image.Infotext, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_LatentResize_EncodesThePictureAtItsOwnSize()
    {
        var request = s_small with { ResizeMode = PictureResizeMode.Latent, DenoisingStrength = 0, ExactSteps = true };
        var own = TestPictures.Smooth(35, 41);
        var image = Assert.Single(_pipeline.Generate(request with { InitPictures = [PictureFile.Encode(own)] }).Images);
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var encoded = _pipeline.Parts.Codec.Encode(own.Cropped(0, 0, 32, 40), null);
        var latents = nn.functional.interpolate(encoded.Draw(new() { Seed = 11 }, 0), size: [8, 8], mode: InterpolationMode.Bilinear);
        Assert.Equal(_pipeline.Parts.Codec.Decode(latents, null).Pixels, image.Picture.Pixels);
        Assert.Contains("is too small: both sides need 8 pixels", Assert.Throws<ArgumentException>(() => _pipeline.Generate(request with { InitPictures = [PictureFile.Encode(new(7, 40, 3))] })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_ATransparentPicture_StandsOnTheBackground()
    {
        var clear = new Picture(64, 64, 4);
        var request = s_small with { DenoisingStrength = 0, ExactSteps = true, Background = new(200, 30, 30) };
        var image = Assert.Single(_pipeline.Generate(request with { InitPictures = [PictureFile.Encode(clear)] }).Images);
        var plain = clear.ToRgb();
        plain.Fill(new(200, 30, 30));
        Assert.Equal(Assert.Single(_pipeline.Generate(request with { InitPictures = [PictureFile.Encode(plain)] }).Images).Picture.Pixels, image.Picture.Pixels);
    }

    [Fact]
    public void Generate_WithColorCorrection_HasThePicturesColours()
    {
        var drawn = Assert.Single(_pipeline.Generate(s_small).Images).Picture;
        var corrected = Assert.Single(_pipeline.Generate(s_small with { ColorCorrection = true }).Images).Picture;
        Assert.Equal(drawn.WithColorsOf(s_init).Pixels, corrected.Pixels);
    }

    [Theory]
    [InlineData(MaskedContent.Fill)]
    [InlineData(MaskedContent.LatentNothing)]
    [InlineData(MaskedContent.LatentNoise)]
    public void Generate_OtherContent_DoesNotSeeWhatIsUnderTheMask(MaskedContent content)
    {
        var mask = TestPictures.Mask(64, 64, new(16, 16, 48, 48));
        var request = s_small with { DenoisingStrength = 0, ExactSteps = true, Mask = PictureFile.Encode(mask), Inpaint = new() { BlurX = 0, BlurY = 0, Content = content, Overlay = false } };
        var scratched = new Picture(64, 64, 3, [.. s_init.Pixels]);
        for (var y = 28; y < 36; y++) scratched.Row(y)[(3 * 28)..(3 * 36)].Fill(255);
        var (one, other) = (Drawn(s_init), Drawn(scratched));
        Assert.NotEqual(Drawn(s_init, MaskedContent.Original), one);
        if (content == MaskedContent.Fill) Assert.Equal(one, other);

        byte[] Drawn(Picture picture, MaskedContent? instead = null) => Assert.Single(_pipeline.Generate(request with
        {
            InitPictures = [PictureFile.Encode(picture)],
            Inpaint = request.Inpaint with { Content = instead ?? content },
        }).Images).Picture.Pixels;
    }

    [Fact]
    public void Generate_WhatIsNoPicture_IsNamed() =>
        Assert.Contains("init picture", Assert.Throws<PictureFormatException>(() => _pipeline.Generate(s_small with { InitPictures = [[1, 2, 3]] })).Message, StringComparison.Ordinal);

    // guidance, Euler's or DDIM's steps and the mask as the papers and the WebUI's rules say them
    private Tensor ByHand(ImageToImageRequest request, Picture mask)
    {
        var parts = _pipeline.Parts;
        var isDdim = request.Sampler == "DDIM";
        using var encoded = parts.Codec.Encode(s_init, null);
        SeedPlan seeds = new() { Seed = 11 };
        var init = encoded.Draw(seeds, 0);
        var repaint = tensor(mask.Resized(8, 8, ResizeFilter.Bicubic).Pixels.Select(value => value > 127 ? 1f : 0f).ToArray(), [1, 1, 8, 8], dtype: float32);
        var noise = new LatentNoise(seeds, new(4, 8, 8), 1).Start() * 0.95;
        using var conditioning = parts.Prompts.Encode(request, RequestPrompt.Read(request), new() { Steps = 5 }, new(new([]), [], []));
        var alphas = parts.Schedule.AlphasCumprod.ToArray();

        Tensor Noise(Tensor x, double timestep)
        {
            var t = full([1], timestep, dtype: float32);
            var (positive, negative) = (parts.Model.UNet.call(x, t, conditioning.Positive.At(0)[0..1]), parts.Model.UNet.call(x, t, conditioning.Negative.At(0)));
            return negative + (positive - negative) * 7;
        }

        Tensor Kept(Tensor x) => x * repaint + init * (1 - repaint);

        if (isDdim)
        {
            // 5 steps: 1, 201, 401, 601, 801; int(0.5 * 5) = 2 levels below the third
            double top = alphas[401];
            var y = init * Math.Sqrt(top) + noise * (Math.Sqrt(1 - top) + 0.05 * Math.Sqrt(top));
            var (from, to) = ((double)alphas[201], (double)alphas[1]);
            var seen = Kept(y);
            var direction = Noise(seen, 201);
            y = (y - direction * Math.Sqrt(1 - from)) / Math.Sqrt(from) * Math.Sqrt(to) + direction * Math.Sqrt(1 - to);
            return Kept(y);
        }

        var sigmas = Schedulers.Get("uniform").Sigmas(5, parts.Schedule)[2..];       // int(0.5 * 5) + 1 steps
        Assert.Equal(4, sigmas.Length);
        var x = init + noise * (sigmas[0] + 0.05);
        for (var i = 0; i < 3; i++)
        {
            var scaled = x / Math.Sqrt(sigmas[i] * sigmas[i] + 1);
            var denoised = Kept(x - Noise(scaled, parts.Schedule.SigmaToTimestep(sigmas[i])) * sigmas[i]);
            x = x + (x - denoised) / sigmas[i] * (sigmas[i + 1] - sigmas[i]);
        }
        return Kept(x);
    }

    private static int Furthest(Picture one, Picture other) => one.Pixels.Zip(other.Pixels, (a, b) => Math.Abs(a - b)).Max();
}
