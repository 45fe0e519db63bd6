using LoraBridge.Imaging;
using LoraBridge.Server.Tests.Launcher;

namespace LoraBridge.Server.Tests.Commands;

public sealed class BlendCommandTests : IDisposable
{
    private static readonly string s_fixtures = Path.Combine(LauncherScript.Root, "tests", "Fixtures");
    private static readonly string s_tiny = Path.Combine(s_fixtures, "goldens", "sd15-tiny");

    private readonly string _folder = Directory.CreateTempSubdirectory("blend-").FullName;

    public BlendCommandTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "loras"));
        File.Copy(Path.Combine(s_tiny, "lora-linear.safetensors"), Path.Combine(_folder, "loras", "ink.safetensors"));
        File.Copy(Path.Combine(s_tiny, "lora-locon.safetensors"), Path.Combine(_folder, "loras", "fog.safetensors"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Blend_TwoAxes_WritesTheSheetAndEachPicture()
    {
        var run = await CommandRun.OfAsync(Blend("--across", "ink=0,1", "--down", "fog=0,0.5,1", "--out", Path.Combine(_folder, "grid.png")));

        Assert.True(run.ExitCode == 0, run.Error);
        var paths = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(7, paths.Length);
        Assert.Equal([Path.Combine(_folder, "grid.png"), Path.Combine(_folder, "grid", "01 base model.png")], paths[..2]);
        Assert.Equal("06 ink 1 + fog 1.png", Path.GetFileName(paths[^1]));
        var sheet = PictureFile.Read(paths[0]);
        Assert.Equal(8 + (2 * (64 + 8)), sheet.Width);
        Assert.Contains("<lora:ink:1> <lora:fog:1>", PictureFile.Read(paths[^1]).Parameters, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Blend_OwnBlends_TakesSchedulesAndTheBase()
    {
        var run = await CommandRun.OfAsync(Blend("--blend", "", "--blend", "<lora:ink:0.6:start=0.5><lora:fog:0.4>", "--sheet-only", "--out", Path.Combine(_folder, "b.png")));
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(Path.Combine(_folder, "b.png"), run.Output.Trim());
        Assert.False(Directory.Exists(Path.Combine(_folder, "b")));
    }

    [Theory]
    [InlineData("nothing to blend")]
    [InlineData("'x' is not a weight", "--across", "ink=0,x")]
    [InlineData("NAME=0,0.5,1", "--across", "ink")]
    [InlineData("text encoder weight 'strong' is not a number", "--blend", "<lora:ink:strong>")]
    [InlineData("'a fox' is no tag", "--blend", "a fox")]
    public async Task Blend_WhatCannotBeRead_SaysWhatToGive(string words, params string[] options)
    {
        var run = await CommandRun.OfAsync(Blend(options));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(words, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Blend_StrictAndTheLoraIsNotThere_NamesIt()
    {
        var run = await CommandRun.OfAsync(Blend("--across", "nobody=0,1", "--strict"));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("'nobody'", run.Error, StringComparison.Ordinal);
    }

    private string[] Blend(params string[] more) =>
    [
        "blend", "--model", Path.Combine(s_tiny, "model.safetensors"), "--vocabulary", Path.Combine(s_fixtures, "clip", "bpe_simple_vocab_16e6.txt.gz"),
        "--data", _folder, "--prompt", "a lighthouse", "--width", "64", "--height", "64", "--steps", "2", "--seed", "3", "--device", "cpu", .. more,
    ];
}
