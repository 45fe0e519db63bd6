using LoraBridge.Diffusion.Models;
using LoraBridge.Generation;
using LoraBridge.Imaging;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Generation;

public sealed class HiresTests(SharedPipeline shared) : IClassFixture<SharedPipeline>
{
    private static readonly TextToImageRequest s_small = new() { Prompt = "a lighthouse", Sampler = "Euler", Width = 64, Height = 64, Steps = 2, Seed = 11, Hires = new() };

    private readonly TextToImage _pipeline = shared.Pipeline;

    [Theory]
    [InlineData("Latent")]
    [InlineData("Latent (bicubic antialiased)")]
    [InlineData("Latent (nearest-exact)")]
    [InlineData("Lanczos")]
    [InlineData("None")]
    public void Generate_WithoutDenoising_IsTheEnlargedPicture(string upscaler)
    {
        var told = new Reports();
        var image = Assert.Single(_pipeline.Generate(s_small with { Hires = new() { Scale = 1.5, DenoisingStrength = 0, Upscaler = upscaler } }, told).Images);
        Assert.Equal((96, 96), (image.Picture.Width, image.Picture.Height));
        Assert.Contains(told.All, report => report is { Pass: 1, Steps: 0 });
        Assert.DoesNotContain(told.All, report => report is { Pass: 1, Step: > 0 });
        Assert.False(image.IsUnfinished);

        // no sampler, no prompt of the second pass has anything to say
        var other = Assert.Single(_pipeline.Generate(s_small with { Hires = new() { Scale = 1.5, DenoisingStrength = 0, Upscaler = upscaler, Sampler = "DDIM", Prompt = "a cat" } }).Images);
        Assert.Equal(image.Picture.Pixels, other.Picture.Pixels);
        if (upscaler is not ("Lanczos" or "None")) return;
        var small = Assert.Single(_pipeline.Generate(s_small with { Hires = null }).Images).Picture;
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var encoded = _pipeline.Parts.Codec.Encode(small.Resized(96, 96), null);
        Assert.Equal(_pipeline.Parts.Codec.Decode(encoded.Draw(new() { Seed = 11 }, 0), null).Pixels, image.Picture.Pixels);
    }

    [Fact]
    public void Generate_TwoSides_CoversThemAndCutsTheLatents()
    {
        var image = Assert.Single(_pipeline.Generate(s_small with { Height = 48, Hires = new() { ResizeWidth = 72, ResizeHeight = 80, Steps = 1, DenoisingStrength = 0.4 } }).Images);
        Assert.Equal((72, 80), (image.Picture.Width, image.Picture.Height));
        Assert.Contains("Size: 64x48, ", image.Infotext, StringComparison.Ordinal);
        Assert.Contains("Denoising strength: 0.4, Hires resize: 72x80, Hires steps: 1, Hires upscaler: Latent, Version", image.Infotext, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_WithTokensMerged_RepeatsAndLeavesTheNetworkAsItWas()
    {
        var request = s_small with { TokenMergingRatio = 0.5, Hires = new() { Scale = 1, Steps = 1, TokenMergingRatio = 0.25 } };
        var plain = Assert.Single(_pipeline.Generate(request with { TokenMergingRatio = 0, Hires = null }).Images);

        var merged = Assert.Single(_pipeline.Generate(request).Images);
        var first = Assert.Single(_pipeline.Generate(request with { Hires = null }).Images);

        Assert.Contains(", Token merging ratio: 0.5, Token merging ratio hr: 0.25, ", merged.Infotext, StringComparison.Ordinal);
        Assert.DoesNotContain("merging", plain.Infotext, StringComparison.Ordinal);
        Assert.Contains("Token merging ratio hr: 0.5,", Assert.Single(_pipeline.Generate(request with { Hires = new() { Scale = 1, Steps = 1 } }).Images).Infotext, StringComparison.Ordinal);
        Assert.NotEqual(plain.Picture.Pixels, first.Picture.Pixels);
        Assert.Equal(merged.Picture.Pixels, Assert.Single(_pipeline.Generate(Infotexts(merged.Infotext)).Images).Picture.Pixels);
        Assert.Equal(plain.Picture.Pixels, Assert.Single(_pipeline.Generate(request with { TokenMergingRatio = 0, Hires = null }).Images).Picture.Pixels);

        static TextToImageRequest Infotexts(string text) => InfotextReader.Read(text).ToTextToImage();
    }

    [Fact]
    public void Generate_TellsOfBothPasses()
    {
        var told = new Reports();
        var result = _pipeline.Generate(s_small with { Count = 2, Hires = new() { Scale = 1, Steps = 3 } }, told);
        Assert.Equal(2, result.Images.Count);
        Assert.Equal([(0, 2, 2), (1, 3, 3), (2, 2, 2), (3, 3, 3)], told.All.GroupBy(report => report.Pass).Where(pass => pass.Key < 4).Select(pass => (pass.Key, pass.Max(report => report.Step), pass.Max(report => report.Steps))));
        Assert.All(told.All, report => Assert.Equal(4, report.Passes));
        Assert.Equal(told.All.Select(report => report.Fraction).Order(), told.All.Select(report => report.Fraction));
        Assert.Equal((1, 2, 2), (told.All[^1].Fraction, told.All[^1].Finished, told.All[^1].Wanted));
    }

    [Fact]
    public void Generate_AScheduledPrompt_SwitchesInTheSecondPassByNumbersFromOneToTwo()
    {
        var request = s_small with { Hires = new() { Scale = 1, Steps = 4, DenoisingStrength = 0.5 } };
        var cat = Pixels("cat");
        Assert.Equal(cat, Pixels("[cat:dog:2.0]"));
        Assert.NotEqual(cat, Pixels("[cat:dog:1.3]"));
        Assert.NotEqual(cat, Pixels("[cat:dog:0.3]"));
        Assert.Equal(Pixels("cat", "dog"), Pixels("[cat:dog:1.0]"));

        byte[] Pixels(string prompt, string second = "") => Assert.Single(_pipeline.Generate(request with { Prompt = prompt, Hires = request.Hires! with { Prompt = second } }).Images).Picture.Pixels;
    }

    [Fact]
    public void Generate_AdaptersOfTheSecondPrompt_ActInTheSecondPassOnly()
    {
        using var folder = new AdapterFolder("linear");
        using var pipeline = Pipelines.Load(Pipelines.TinyModel, ComputeType.Float32, loraFolder: folder.Path);
        var request = s_small with { Count = 2, Hires = new() { Scale = 1, DenoisingStrength = 0.5, Prompt = "a lighthouse <lora:linear:1>" } };
        var plain = pipeline.Generate(request with { Hires = request.Hires! with { Prompt = "" } }).Images;
        var late = pipeline.Generate(request).Images;
        var both = pipeline.Generate(request with { Prompt = "a lighthouse <lora:linear:1>" }).Images;
        Assert.Equal(3, new[] { plain, late, both }.Select(images => Convert.ToHexString(images[1].Picture.Pixels)).Distinct().Count());
        Assert.Contains("Hires prompt: \"a lighthouse <lora:linear:1>\"", late[1].Infotext, StringComparison.Ordinal);
        Assert.Contains("Lora hashes: \"linear: ", late[1].Infotext, StringComparison.Ordinal);
        // the second picture's first pass has none of it
        Assert.Equal(late[1].Picture.Pixels, Assert.Single(pipeline.Generate(request with { Seed = 12, Count = 1 }).Images).Picture.Pixels);
    }

    [Fact]
    public void Generate_AnotherCheckpoint_IsAskedForByItsPath()
    {
        using var other = Pipelines.Load(Pipelines.TinyModel, ComputeType.Float32);
        var request = s_small with { Hires = new() { Scale = 1, ModelPath = "second.safetensors" }, Refiner = new("refiner.safetensors", 0.5) };
        List<string> asked = [];
        var image = Assert.Single(_pipeline.Generate(request, null, new() { Models = path => { asked.Add(path); return other; } }, default).Images);
        Assert.Equal(["refiner.safetensors", "second.safetensors", "refiner.safetensors"], asked);
        // it is the same checkpoint under other names
        Assert.Equal(Assert.Single(_pipeline.Generate(s_small with { Hires = new() { Scale = 1 } }).Images).Picture.Pixels, image.Picture.Pixels);
        Assert.Contains("Hires checkpoint: model, ", image.Infotext, StringComparison.Ordinal);
        Assert.Contains("Refiner: model, Refiner switch at: 0.5", image.Infotext, StringComparison.Ordinal);
        Assert.Contains("set GenerationControl.Models", Assert.Throws<InvalidOperationException>(() => _pipeline.Generate(request)).Message, StringComparison.Ordinal);
    }
}
