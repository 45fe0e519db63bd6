using LoraBridge.Diffusion.Models;
using LoraBridge.Generation;
using LoraBridge.Lora;
using LoraBridge.Tests.Native;

namespace LoraBridge.Tests.Generation;

/// <summary>Adapters named in prompts and requests, through the whole pipeline.</summary>
[Collection(ProcessWide.Name)]
public sealed class PromptLoraTests : IDisposable
{
    private static readonly TextToImageRequest s_small = new() { Prompt = "a lighthouse", Width = 64, Height = 64, Steps = 3, Seed = 11, Sampler = "Euler" };

    private readonly AdapterFolder _folder = new("linear", "locon");
    private readonly TextToImage _pipeline;

    public PromptLoraTests() => _pipeline = Pipelines.Load(Pipelines.TinyModel, ComputeType.Float32, loraFolder: _folder.Path);

    public void Dispose()
    {
        _pipeline.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Generate_ATag_ChangesThePictureAndIsGoneFromThePrompt()
    {
        var plain = Draw("a lighthouse");
        Assert.True(Distance(plain, Draw("a lighthouse<lora:linear:1>")) > 1);
        Assert.Equal(plain.Picture.Pixels, Draw("a lighthouse").Picture.Pixels);
    }

    [Theory]
    [InlineData("<lora:linear:0.8>", "<lyco:linear:0.8>")]
    [InlineData("<lora:linear:0.8>", "<lora:linear:te=0.8>")]
    [InlineData("<lora:linear:1:0.5>", "<lora:linear:unet=0.5>")]
    [InlineData("<lora:linear:1><lora:locon:0.5>", "<lora:locon:0.5><lora:linear:1>")]
    [InlineData("<lora:linear:0.5><lora:linear:0.7>", "<lora:linear:1.4>")]
    [InlineData("<lora:linear:1:start=0:stop=1>", "<lora:linear:1>")]
    [InlineData("<lora:linear:0:1:start=0.99>", "")]
    [InlineData("<lora:linear:0:1:stop=0.01:from=0.5:to=0.5>", "<lora:linear:0:0.5:stop=0.01>")]
    [InlineData("<lora:linear:1:blocks=all*0>", "")]
    [InlineData("<lora:linear:1:blocks=base*0>", "<lora:linear:0:1>")]
    public void Generate_TwoWaysOfSayingTheSame_GiveTheSamePicture(string one, string other) =>
        Assert.True(Distance(Draw($"a lighthouse{one}"), Draw($"a lighthouse{other}")) <= 1);

    [Theory]
    [InlineData("<lora:linear:0:1:start=0.5>", "<lora:linear:0:1>")]
    [InlineData("<lora:linear:0:1:stop=0.5>", "<lora:linear:0:1:start=0.5>")]
    [InlineData("<lora:linear:0:1:from=0:to=1>", "<lora:linear:0:1:from=1:to=0>")]
    [InlineData("<lora:linear:0:1:blocks=in*0>", "<lora:linear:0:1:blocks=out*0>")]
    [InlineData("<lora:linear:1:dyn=1>", "<lora:linear:1>")]
    [InlineData("<lora:linear:1:0>", "<lora:linear:0:1>")]
    public void Generate_SchedulesBlocksAndRanks_Count(string one, string other) =>
        Assert.True(Distance(Draw($"a lighthouse{one}"), Draw($"a lighthouse{other}")) > 1);

    [Fact]
    public void Generate_MergedAndLive_GiveTheSamePicture()
    {
        var request = s_small with { Prompt = "a lighthouse<lora:linear:0.8><lora:locon:-0.5>" };
        var live = Assert.Single(_pipeline.Generate(request with { LoraPlacement = LoraPlacement.Live }).Images);
        var merged = Assert.Single(_pipeline.Generate(request with { LoraPlacement = LoraPlacement.Merged }).Images);
        Assert.True(Distance(live, merged) <= 1);
    }

    [Fact]
    public void Generate_ScheduledAndForcedToMerge_SaysThatItCannotBe()
    {
        var error = Assert.Throws<ArgumentException>(() => _pipeline.Generate(s_small with { Prompt = "<lora:linear:1:start=0.5>", LoraPlacement = LoraPlacement.Merged }));
        Assert.Contains("live", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_TheRequestsAdapters_ActLikeTagsAndAreWrittenAsTags()
    {
        var tagged = Draw("a lighthouse <lora:linear:0.8:0.6>");
        var asked = Assert.Single(_pipeline.Generate(s_small with { Prompt = "a lighthouse", Loras = [new("linear", 0.8, 0.6, null)] }).Images);
        Assert.True(Distance(tagged, asked) <= 1);
        Assert.StartsWith("a lighthouse <lora:linear:0.8:0.6>\n", asked.Infotext, StringComparison.Ordinal);
        Assert.Matches("Lora hashes: \"linear: [0-9a-f]{12}\"", asked.Infotext);
    }

    [Fact]
    public void Generate_AnAdapterThatIsNotThere_IsLeftOutWithAWarningThatNamesTheNearest()
    {
        var result = _pipeline.Generate(s_small with { Prompt = "a lighthouse<lora:Linear:1>" });
        var warning = Assert.Single(result.Warnings, warning => warning.Subject == "Linear");
        Assert.Contains("'linear'", warning.Reason, StringComparison.Ordinal);
        Assert.True(Distance(Draw("a lighthouse"), Assert.Single(result.Images)) <= 1);
        Assert.DoesNotContain("Lora hashes", result.Images[0].Infotext, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_StrictAndAnAdapterIsNotThere_Ends()
    {
        var error = Assert.Throws<LoraMissingException>(() => _pipeline.Generate(s_small with { Prompt = "<lora:nobody:1>", Strict = true }));
        Assert.Equal("nobody", error.Name);
    }

    [Fact]
    public void Generate_ABrokenFile_IsLeftOutAndTheOthersAct()
    {
        File.WriteAllBytes(Path.Combine(_folder.Path, "broken.safetensors"), [1, 2, 3]);
        var result = _pipeline.Generate(s_small with { Prompt = "a lighthouse<lora:broken:1><lora:linear:1>" });
        Assert.Contains(result.Warnings, warning => warning.Subject == "broken");
        Assert.True(Distance(Draw("a lighthouse<lora:linear:1>"), Assert.Single(result.Images)) <= 1);
    }

    [Fact]
    public void Generate_AFileThatAppearsLater_IsFoundWithoutARefresh()
    {
        Draw("a lighthouse");
        _folder.Copy("locon", "fresh");
        Assert.True(Distance(Draw("a lighthouse<lora:fresh:1>"), Draw("a lighthouse<lora:locon:1>")) <= 1);
    }

    [Fact]
    public void Generate_AFileWrittenAnew_IsReadAnew()
    {
        _folder.Copy("linear", "mine");
        Draw("a lighthouse<lora:mine:1>");
        _folder.Copy("locon", "mine");
        Assert.True(Distance(Draw("a lighthouse<lora:mine:1>"), Draw("a lighthouse<lora:locon:1>")) <= 1);
    }

    [Fact]
    public void Generate_NameAndAliasOfOneFile_AddUp()
    {
        _folder.Copy("linear", "mine", new Dictionary<string, string> { ["ss_output_name"] = "other" });
        Assert.True(Distance(Draw("a lighthouse<lora:mine:0.5><lora:other:0.7>"), Draw("a lighthouse<lora:linear:1.2>")) <= 1);
    }

    [Theory]
    [InlineData("mine")]
    [InlineData("locon")]
    public void Generate_AFileThatNoFolderHas_IsFoundByTheNameItIsGiven(string name)
    {
        var request = s_small with { Prompt = $"a lighthouse<lora:{name}:1>", LoraFiles = new Dictionary<string, string> { [name] = AdapterFolder.Golden("linear") }, Strict = true };
        Assert.True(Distance(Assert.Single(_pipeline.Generate(request).Images), Draw("a lighthouse<lora:linear:1>")) <= 1);
    }

    [Fact]
    public void Generate_AFileThatIsGone_IsLeftOutWithAWarning_OrAnErrorWhereStrict()
    {
        var request = s_small with { Prompt = "a lighthouse<lora:mine:1>", LoraFiles = new Dictionary<string, string> { ["mine"] = Path.Combine(_folder.Path, "gone.safetensors") } };
        Assert.Contains(_pipeline.Generate(request).Warnings, warning => warning.Subject == "mine");
        Assert.Throws<LoraMissingException>(() => _pipeline.Generate(request with { Strict = true }));
    }

    [Fact]
    public void Generate_OtherAdaptersEachTime_LeavesNoTensorBehind()
    {
        string[] prompts = ["a lighthouse<lora:linear:1:start=0.2>", "a lighthouse<lora:linear:0.5><lora:locon:1>", "a lighthouse"];
        foreach (var prompt in prompts) Draw(prompt);                           // the encoder keeps what it encoded
        var before = ProcessWide.CountTensors();
        for (var i = 0; i < 3; i++)
            foreach (var prompt in prompts) Draw(prompt);
        Assert.Equal(before, ProcessWide.CountTensors());
    }

    private GeneratedImage Draw(string prompt) => Assert.Single(_pipeline.Generate(s_small with { Prompt = prompt }).Images);

    /// <summary>The largest difference of a sample, 0 to 255.</summary>
    private static int Distance(GeneratedImage one, GeneratedImage other) => one.Picture.Pixels.Zip(other.Picture.Pixels, (a, b) => Math.Abs(a - b)).Max();
}
