using System.Text.Json;
using LoraBridge.Checkpoints;
using LoraBridge.Server.Commands;
using LoraBridge.Server.Tests.Launcher;

namespace LoraBridge.Server.Tests.Commands.LoraTools;

public sealed class LoraCommandTests : IDisposable
{
    private static readonly string s_goldens = Path.Combine(LauncherScript.Root, "tests", "Fixtures", "goldens", "sd15-tiny");
    private static readonly string s_model = Path.Combine(s_goldens, "model.safetensors");
    private static readonly string s_linear = Path.Combine(s_goldens, "lora-linear.safetensors");

    private readonly string _folder = Directory.CreateTempSubdirectory("lora-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Inspect_AFile_PrintsWhatItIs()
    {
        var run = await CommandRun.OfAsync("lora", "inspect", s_linear, "--base", s_model, "--layers");

        Assert.True(run.ExitCode == 0, run.Error);
        foreach (var text in new[] { "rank:           4, scale 0.5\n", "layout:         kohya\n", "(not stated in the file)", "IN01   ", "█", "‖D‖/‖W‖", "\nlora_unet_mid_block_attentions_0_proj_in  ", "It works: all 210 layers are changed.\n" })
            Assert.Contains(text, run.Output, StringComparison.Ordinal);
        Assert.Contains("inspecting: done", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_AsJson_IsJson()
    {
        var run = await CommandRun.OfAsync("lora", "inspect", s_linear, "--base", s_model, "--json");

        Assert.True(run.ExitCode == 0, run.Error);
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal("Works", json.RootElement.GetProperty("verdict").GetString());
        Assert.Equal(210, json.RootElement.GetProperty("layers").GetArrayLength());
        Assert.Equal(4, json.RootElement.GetProperty("layers")[0].GetProperty("rank").GetInt32());
        Assert.Equal("4", json.RootElement.GetProperty("report").GetProperty("metadata").GetProperty("ss_network_dim").GetString());
    }

    [Fact]
    public async Task Resize_ToARank_WritesItAndSaysTheError()
    {
        var run = await CommandRun.OfAsync("lora", "resize", s_linear, "--base", s_model, "--rank", "2", "--layers", "--out", Out);

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(Out + "\n", run.Output);
        Assert.Contains("lorabridge: 210 layers, rank 2, error ", run.Error, StringComparison.Ordinal);
        Assert.Matches(@"lora_unet_mid_block_attentions_0_proj_in +4 +2 ", run.Error);
        Assert.Equal("2", Metadata()["ss_network_dim"]);
    }

    [Fact]
    public async Task Bake_TwoFilesWithWeights_WritesTheBlend()
    {
        var run = await CommandRun.OfAsync("lora", "bake", s_linear + ":0.8:0.5", s_linear + ":-0.25", s_linear + ":2::NONE", "--base", s_model, "--save-precision", "fp32", "--out", Out);

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("210 layers, rank 8, error 0% of the whole change", run.Error, StringComparison.Ordinal);
        Assert.Equal("baked from lora-linear (UNet 0.8, text 0.5) + lora-linear (-0.25) + lora-linear (2)", Metadata()["ss_training_comment"]);
    }

    [Fact]
    public async Task Convert_ToAFolderAndBack_KeepsTheFile()
    {
        var peft = Path.Combine(_folder, "peft");
        var there = await CommandRun.OfAsync("lora", "convert", s_linear, "--base", s_model, "--layout", "peft", "--out", peft);
        var back = await CommandRun.OfAsync("lora", "convert", peft, "--base", s_model, "--set", "ss_training_comment=a=b", "--set", "ss_network_dim=", "--out", Out);

        Assert.True(there.ExitCode == 0, there.Error);
        Assert.True(back.ExitCode == 0, back.Error);
        Assert.True(File.Exists(Path.Combine(peft, "unet", "adapter_config.json")));
        Assert.Equal("a=b", Metadata()["ss_training_comment"]);
        Assert.DoesNotContain("ss_network_dim", Metadata().Keys);
    }

    [Fact]
    public async Task Convert_ABrokenFile_RepairsItWhenAsked()
    {
        var broken = Path.Combine(_folder, "broken.safetensors");
        await File.WriteAllBytesAsync(broken, [.. await File.ReadAllBytesAsync(s_linear), 0, 0]);

        var refused = await CommandRun.OfAsync("lora", "convert", broken, "--base", s_model, "--out", Out);
        var repaired = await CommandRun.OfAsync("lora", "convert", broken, "--base", s_model, "--repair", "--strip", "all", "--out", Out);

        Assert.Equal(CommandLine.Failure, refused.ExitCode);
        Assert.Contains("2 bytes follow the last tensor", refused.Error, StringComparison.Ordinal);
        Assert.True(repaired.ExitCode == 0, repaired.Error);
        Assert.Contains("lorabridge: cut off 2 bytes behind the last tensor\n", repaired.Error, StringComparison.Ordinal);
        Assert.Equal(["broken.safetensors", "out.safetensors"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Extract_OfTwoLikeCheckpoints_IsRefused()
    {
        var run = await CommandRun.OfAsync("lora", "extract", "--tuned", s_model, "--base", s_model, "--out", Out);

        Assert.Equal(CommandLine.Failure, run.ExitCode);
        Assert.Contains("no layer that an adapter could hold differs", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Out));
    }

    [Fact]
    public async Task Out_WhereAFileIs_IsNotWrittenOverWithoutForce()
    {
        await File.WriteAllTextAsync(Out, "mine");

        var refused = await CommandRun.OfAsync("lora", "convert", s_linear, "--base", s_model, "--out", Out);
        var kept = await File.ReadAllTextAsync(Out);
        var forced = await CommandRun.OfAsync("lora", "convert", s_linear, "--base", s_model, "--out", Out, "--force");

        Assert.Equal((CommandLine.Failure, "mine"), (refused.ExitCode, kept));
        Assert.Contains($"--out: '{Out}' is there already. Choose another name, or write over it with --force", refused.Error, StringComparison.Ordinal);
        Assert.True(forced.ExitCode == 0, forced.Error);
        Assert.Equal("sd_v1", Metadata()["ss_base_model_version"]);
    }

    [Theory]
    [InlineData("--rank: no rank is named", "resize", "LINEAR", "--out", "x")]
    [InlineData("--rank: '0' is no rank. Give a number from 1, ratio:Q", "resize", "LINEAR", "--rank", "0")]
    [InlineData("--rank: 'fro:2' is no rank", "resize", "LINEAR", "--rank", "fro:2")]
    [InlineData("--rank: 'sum:0.5:x' is no rank", "bake", "LINEAR", "--rank", "sum:0.5:x")]
    [InlineData("FILE: there is no file '/nowhere.pt'. Give the path of a LoRA's", "inspect", "/nowhere.pt")]
    [InlineData("/nowhere.pt:0.5: there is no such file. Give a LoRA's path", "bake", "/nowhere.pt:0.5")]
    [InlineData("its weight 'much' is not a number. Give one with a decimal point", "bake", "LINEAR:much")]
    [InlineData("its block weight 'nowhere*2' is not understood", "bake", "LINEAR:1:1:nowhere*2")]
    [InlineData("--out: no file is named", "bake", "LINEAR")]
    [InlineData("--layout: 'a1111' is no layout. Give kohya, diffusers or peft", "convert", "LINEAR", "--layout", "a1111")]
    [InlineData("--save-precision: 'int8' is no number type. Give float16, bfloat16 or float32", "convert", "LINEAR", "--save-precision", "int8")]
    [InlineData("--strip: 'some' is no level. Give none, private or all", "convert", "LINEAR", "--strip", "some")]
    [InlineData("--set: 'author' has no key and '='", "convert", "LINEAR", "--set", "author")]
    [InlineData("--base: there is no file '/nowhere'", "convert", "LINEAR", "--base", "/nowhere")]
    [InlineData("--tuned: no checkpoint is named", "extract", "--out", "x")]
    [InlineData("--clamp-quantile: '2' is not a number from 0.5 to 1", "extract", "--tuned", "LINEAR", "--base", "LINEAR", "--clamp-quantile", "2")]
    public async Task AWrongCommandLine_IsAUsageErrorWithItsCure(string expected, params string[] words)
    {
        var run = await CommandRun.OfAsync(["lora", .. words.Select(word => word.Replace("LINEAR", s_linear, StringComparison.Ordinal))]);

        Assert.Equal(CommandLine.UsageError, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task Lora_AFileForAnotherModel_SaysSoInOneLine()
    {
        var run = await CommandRun.OfAsync("lora", "inspect", s_linear);

        Assert.Equal(CommandLine.Failure, run.ExitCode);
        Assert.Contains("Use an adapter that was trained for this model's family.", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, run.Error.Count(c => c == '\n'));
    }

    private string Out => Path.Combine(_folder, "out.safetensors");

    private IReadOnlyDictionary<string, string> Metadata()
    {
        using var file = CheckpointFile.Open(Out);
        return file.Metadata;
    }
}
