using LoraBridge.Diffusion.Text;
using LoraBridge.Generation;

namespace LoraBridge.Tests.Generation;

public sealed class InfotextReaderTests
{
    private const string Lora = """
        a heron in reeds <lora:inkwash_v3:0.8>
        Negative prompt: lowres, (blurry:1.2)
        Steps: 28, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 90210, Size: 640x832, Model hash: 6ce0161689, Model: v1-5-pruned-emaonly, Lora hashes: "inkwash_v3: 1f0c9a7be244", Version: v1.10.1
        """;

    private const string Hires = """
        tower, rainy, neon <lora:a:1> <lora:b:0.5:0.7>
        second line
        Steps: 20, Sampler: Euler a, Schedule type: Automatic, CFG scale: 7.0, Seed: 500, Size: 512x512, Model hash: 6ce0161689, Model: v1-5-pruned-emaonly, VAE hash: 735e4c3a44, VAE: vae-ft-mse-840000-ema-pruned.safetensors, Variation seed: 11, Variation seed strength: 0.25, Denoising strength: 0.45, Clip skip: 2, ENSD: 31337, RNG: CPU, Hires prompt: "tower, \"storm\"\nclose: up", Hires upscale: 1.5, Hires steps: 12, Hires upscaler: Latent (nearest-exact), Lora hashes: "a: 0123456789ab, b: ba9876543210", TI hashes: "rainy: aa11bb22cc33, neon: dd44ee55ff66", Pad conds: True, Version: v1.10.1
        """;

    private const string Hostile = """
        p
        Negative prompt: a
        b
        Negative prompt: c
        Steps: 1, Sampler: x, A: 2, Foo bar-baz/q: "x\"y, z", Empty: , Single: v, Z: 5, Size: 64x48
        """;

    [Fact]
    public void Read_AnAdapter_GivesItsHashWithoutQuotesAndTheSizeAsTwo()
    {
        var content = InfotextReader.Read(Lora);
        Assert.Equal("a heron in reeds <lora:inkwash_v3:0.8>", content.Prompt);
        Assert.Equal("lowres, (blurry:1.2)", content.NegativePrompt);
        Assert.Equal(["Steps", "Sampler", "Schedule type", "CFG scale", "Seed", "Size-1", "Size-2", "Model hash", "Model", "Lora hashes", "Version"], content.Values.Keys);
        Assert.Equal("inkwash_v3: 1f0c9a7be244", content.Values["Lora hashes"]);
        Assert.Equal(("640", "832"), (content.Values["Size-1"], content.Values["Size-2"]));
        Assert.Equal("Original", content.Defaults["Emphasis"]);
        Assert.Equal("1", content.Defaults["Clip skip"]);
    }

    [Fact]
    public void Read_ASecondPass_GivesItsPromptWithItsLineBreak()
    {
        var content = InfotextReader.Read(Hires);
        Assert.Equal("tower, rainy, neon <lora:a:1> <lora:b:0.5:0.7>\nsecond line", content.Prompt);
        Assert.Equal("", content.NegativePrompt);
        Assert.Equal("tower, \"storm\"\nclose: up", content.Values["Hires prompt"]);
        Assert.Equal("Latent (nearest-exact)", content.Values["Hires upscaler"]);
        Assert.Equal("True", content.Values["Pad conds"]);
        Assert.Equal("rainy: aa11bb22cc33, neon: dd44ee55ff66", content.Values["TI hashes"]);
        Assert.False(content.Defaults.ContainsKey("Emphasis"));
        Assert.False(content.Defaults.ContainsKey("RNG"));
    }

    [Fact]
    public void Read_AHostileText_LosesShortKeysAndEmptyValuesOnly()
    {
        var content = InfotextReader.Read(Hostile);
        Assert.Equal(("p", "a\nb\nc"), (content.Prompt, content.NegativePrompt));
        Assert.Equal(["Steps", "Sampler", "Foo bar-baz/q", "Single", "Size-1", "Size-2"], content.Values.Keys);
        Assert.Equal("x\"y, z", content.Values["Foo bar-baz/q"]);
    }

    [Theory]
    [InlineData("just words\nwith Steps: 3, Seed: 4", "just words\nwith Steps: 3, Seed: 4", 0)]
    [InlineData("just words\nSteps: 3, Seed: 4, CFG scale: 2", "just words", 3)]
    [InlineData("Steps: 3, Seed: 4, CFG scale: 2", "", 3)]
    [InlineData("", "", 0)]
    [InlineData("\n\n  a\n\n b \n", "a\n\nb", 0)]
    public void Read_LinesWithFewerThanThreePairs_ArePrompt(string text, string prompt, int values)
    {
        var content = InfotextReader.Read(text);
        Assert.Equal(prompt, content.Prompt);
        Assert.Equal(values, content.Values.Count);
    }

    [Theory]
    [InlineData("\"broken \\q, x\"", "\"broken \\q, x\"")]
    [InlineData("\"a\" b", "\"a\" b")]
    [InlineData("\"", "\"")]
    [InlineData("\"\\u00fc\"", "ü")]
    public void Read_QuotesThatAreNoJson_StayAsTheyAre(string written, string read) =>
        Assert.Equal(read, InfotextReader.Read($"p\nSteps: 1, Seed: 2, Some key: {written}, Other: 3").Values["Some key"]);

    [Theory]
    [InlineData("v1.5.2", "DDIM", "[a:b:3]", "Old prompt editing timelines,Pad conds v0,Downcast alphas_cumprod")]
    [InlineData("v1.5.2", "Euler", "a", "Downcast alphas_cumprod")]
    [InlineData("v1.7.0-224-g01234567", "DDIM", "[a:b:3]", "Downcast alphas_cumprod")]
    [InlineData("v1.7.0-225-g01234567", "DDIM", "[a:b:3]", "")]
    [InlineData("1.10.1", "PLMS", "[a]", "")]
    [InlineData("LoraBridge 0.1.0", "PLMS", "[a]", "")]
    [InlineData("f2.0.1v1.10.1", "PLMS", "[a]", "")]
    public void Read_AnOldVersion_ImpliesItsRules(string version, string sampler, string prompt, string implied)
    {
        var content = InfotextReader.Read($"{prompt}\nSteps: 1, Sampler: {sampler}, Seed: 2, Version: {version}");
        Assert.Equal(implied, string.Join(',', content.Defaults.Where(pair => pair.Value is true).Select(pair => pair.Key)));
    }

    [Fact]
    public void Read_ARefinerBefore18_SwitchesBySteps()
    {
        var old = InfotextReader.Read("p\nSteps: 1, Refiner: x, Seed: 2, Version: v1.7.0-300-gabc");
        Assert.Equal(true, old.Defaults["Refiner switch by sampling steps"]);
        Assert.Equal(false, InfotextReader.Read("p\nSteps: 1, Refiner: x, Seed: 2, Version: v1.8.0").Defaults["Refiner switch by sampling steps"]);
    }

    [Theory]
    [InlineData("DPM++ 2M Karras", "DPM++ 2M", "Karras")]
    [InlineData("DPM++ 2M SDE Exponential", "DPM++ 2M SDE", "Exponential")]
    [InlineData("Euler a", "Euler a", null)]
    [InlineData("My own Karras", "My own Karras", null)]
    public void Read_ASchedulerInTheSamplersName_IsSplitOff(string written, string sampler, string? scheduler)
    {
        var values = InfotextReader.Read($"p\nSteps: 1, Sampler: {written}, Seed: 2").Values;
        Assert.Equal(sampler, values["Sampler"]);
        Assert.Equal(scheduler, values.GetValueOrDefault("Schedule type"));
    }

    [Theory]
    [InlineData("512x384", "512", "384")]
    [InlineData("0x0", "768", "384")]
    public void Read_AFirstPassSize_BecomesTheSizeAndAResize(string firstPass, string width, string height)
    {
        var values = InfotextReader.Read($"p\nSteps: 1, Seed: 2, Size: 1536x768, First pass size: {firstPass}").Values;
        Assert.Equal((width, height), (values["Size-1"], values["Size-2"]));
        Assert.Equal(("1536", "768"), (values["Hires resize-1"], values["Hires resize-2"]));
    }

    [Fact]
    public void Read_AHypernetwork_BecomesATag() =>
        Assert.Equal("a cat<hypernet:soft:0.5>", InfotextReader.Read("a cat\nSteps: 1, Seed: 2, Hypernet: soft, Hypernet strength: 0.5").Prompt);

    [Fact]
    public void Read_WithStyles_TakesThemOut()
    {
        PromptStyles styles = new([new("ink", "ink drawing of {prompt}, black", ""), new("good", "masterpiece", "bad"), new("other", "oil", "")]);
        var prompt = styles.Apply("a  heron", ["good", "ink"]);
        var negative = styles.ApplyNegative("fog", ["good", "ink"]);
        var content = InfotextReader.Read($"{prompt}\nNegative prompt: {negative}\nSteps: 1, Seed: 2, CFG scale: 3", styles);
        Assert.Equal(["good", "ink"], content.Styles);
        Assert.Equal(("a heron", "fog"), (content.Prompt, content.NegativePrompt));
        Assert.Equal(content.Styles, content.ToParameters()["Styles array"]);
        Assert.Empty(InfotextReader.Read("masterpiece", styles).Styles);
    }

    [Fact]
    public void ToParameters_HasEverythingInTheWebUisOrder()
    {
        var all = InfotextReader.Read(Lora).ToParameters();
        var keys = all.Keys.ToList();
        Assert.Equal(["Prompt", "Negative prompt", "Clip skip"], keys[11..14]);
        Assert.Equal(32, all["Masked area padding"]);
        Assert.Equal("Karras", all["Schedule type"]);
        Assert.Equal("a heron in reeds <lora:inkwash_v3:0.8>", all["Prompt"]);
    }

    [Theory]
    [InlineData("{\"a\": 1}")]
    [InlineData("Negative prompt:")]
    [InlineData("::::,,,\"\"\"\\")]
    [InlineData("Steps: \"\\\", Seed: 1, CFG: 2, Size: 99999999999999999999x1, First pass size: 99999999999999999999x0")]
    public void Read_Anything_NeverThrows(string text) => Assert.NotNull(InfotextReader.Read(text).ToTextToImage());
}
