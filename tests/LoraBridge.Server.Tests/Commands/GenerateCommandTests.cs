using System.Text.Json;
using LoraBridge.Imaging;
using LoraBridge.Server.Commands;
using LoraBridge.Server.Tests.Launcher;

namespace LoraBridge.Server.Tests.Commands;

public sealed class GenerateCommandTests : IDisposable
{
    private static readonly string s_fixtures = Path.Combine(LauncherScript.Root, "tests", "Fixtures");
    private static readonly string s_model = Path.Combine(s_fixtures, "goldens", "sd15-tiny", "model.safetensors");

    private readonly string _folder = Directory.CreateTempSubdirectory("generate-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Generate_TheTinyModel_WritesPicturesThatSayHowTheyWereMade()
    {
        var asked = Path.Combine(_folder, "a.png");

        var run = await CommandRun.OfAsync(Generate("--prompt", "a lighthouse", "--out", asked, "--steps", "2", "--seed", "5", "--count", "3", "--batch", "2"));

        Assert.True(run.ExitCode == 0, run.Error);
        var paths = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(new[] { asked, Path.Combine(_folder, "a-2.png"), Path.Combine(_folder, "a-3.png") }, paths);
        for (var i = 0; i < paths.Length; i++)
        {
            var picture = PictureFile.Read(paths[i]);
            Assert.Equal((64, 64), (picture.Width, picture.Height));
            Assert.StartsWith("a lighthouse\n", picture.Text["parameters"], StringComparison.Ordinal);
            Assert.Contains($"Seed: {5 + i},", picture.Text["parameters"], StringComparison.Ordinal);
        }
        Assert.Contains("loading: done", run.Error, StringComparison.Ordinal);
        Assert.Contains("sampling: done", run.Error, StringComparison.Ordinal);
        Assert.Contains("3 picture(s), seed 5 and up", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Generate_TheGoldensPromptsAndNoise_WritesTheGoldensPicture()
    {
        var folder = Path.GetDirectoryName(s_model)!;
        using var config = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "config.json")));
        var prompts = config.RootElement.GetProperty("prompts");
        var asked = Path.Combine(_folder, "golden.png");

        var run = await CommandRun.OfAsync("generate", "--model", s_model, "--vocabulary", Vocabulary, "--data", _folder, "--device", "cpu", "--dtype", "float32",
            "--prompt", prompts[0].GetString()!, "--negative", prompts[3].GetString()!, "--sampler", "Euler", "--steps", "20", "--cfg", "7",
            "--width", "128", "--height", "128", "--noise", Path.Combine(folder, "samplers.safetensors"), "--out", asked);

        Assert.True(run.ExitCode == 0, run.Error);
        var picture = PictureFile.Read(asked);
        var planes = GoldenBytes(Path.Combine(folder, "txt2img.safetensors"), "rgb");   // (1, 3, H, W)
        var area = 128 * 128;
        Assert.Equal(3 * area, planes.Length);
        var furthest = Enumerable.Range(0, 3 * area).Max(i => Math.Abs(planes[i % 3 * area + i / 3] - picture.Pixels[i]));
        Assert.True(furthest <= 1, $"a pixel is {furthest} steps of 255 off");
    }

    // the server's tests cannot name a tensor: the bytes are taken from the file as the format says
    private static byte[] GoldenBytes(string path, string name)
    {
        var file = File.ReadAllBytes(path);
        var headerLength = BitConverter.ToInt32(file, 0);
        using var header = JsonDocument.Parse(file.AsMemory(8, headerLength));
        var offsets = header.RootElement.GetProperty(name).GetProperty("data_offsets");
        return file[(8 + headerLength + offsets[0].GetInt32())..(8 + headerLength + offsets[1].GetInt32())];
    }

    [Fact]
    public async Task Generate_Cancelled_StopsAndSaysSo()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();

        var exitCode = await CommandLine.RunAsync(Generate("--prompt", "x", "--steps", "2"), output, error, stop.Token);

        Assert.Equal(CommandLine.Stopped, exitCode);
        Assert.EndsWith("lorabridge: stopped\n", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(output.ToString());
    }

    [Fact]
    public async Task Generate_WithoutAModel_TakesTheOneThatComesWithTheProgram_InItsSize()
    {
        var asked = Path.Combine(_folder, "emoji.png");

        var run = await CommandRun.OfAsync("generate", "--prompt", "red apple", "--steps", "2", "--vocabulary", Vocabulary, "--data", _folder, "--device", "cpu", "--out", asked);

        Assert.True(run.ExitCode == 0, run.Error);
        var picture = PictureFile.Read(asked);
        Assert.Equal((128, 128), (picture.Width, picture.Height));
        Assert.Contains("Model: lorabridge-emoji", picture.Text["parameters"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Generate_AFileThatIsNoCheckpoint_SaysSoInOneLine()
    {
        var file = Path.Combine(_folder, "model.safetensors");
        await File.WriteAllTextAsync(file, "no checkpoint");

        var run = await CommandRun.OfAsync("generate", "--model", file, "--vocabulary", Vocabulary, "--data", _folder, "--device", "cpu");

        Assert.Equal(CommandLine.Failure, run.ExitCode);
        Assert.Contains(file, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--width", "100", "--width: '100' is not a multiple of 8 from 64 to 4096")]
    [InlineData("--height", "tall", "--height: 'tall'")]
    [InlineData("--steps", "0", "--steps: '0' is not a whole number from 1 to 1000")]
    [InlineData("--cfg", "7,5", "--cfg: '7,5' is not a number from 1 to 100 (with a decimal point)")]
    [InlineData("--seed", "-2", "--seed: '-2' is not a whole number from 0 to 4294967295, or -1")]
    [InlineData("--sampler", "Oiler", "--sampler: there is no sampler 'Oiler'. There are: DPM++ 2M,")]
    [InlineData("--scheduler", "Caras", "--scheduler: there is no scheduler 'Caras'. There are: Automatic,")]
    [InlineData("--out", "a.gif", "--out: 'a.gif' ends in none of .png, .jpg")]
    [InlineData("--vae", "/nowhere.pt", "--vae: there is no file '/nowhere.pt'")]
    public async Task Generate_AWrongValue_IsAUsageErrorThatNamesTheOptionAndTheCure(string option, string value, string expected)
    {
        var run = await CommandRun.OfAsync("generate", "--model", s_model, option, value);

        Assert.Equal(CommandLine.UsageError, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    private static string Vocabulary => Path.Combine(s_fixtures, "clip", "bpe_simple_vocab_16e6.txt.gz");

    private string[] Generate(params string[] more) =>
        ["generate", "--model", s_model, "--vocabulary", Vocabulary, "--data", _folder, "--width", "64", "--height", "64", "--device", "cpu", .. more];
}
