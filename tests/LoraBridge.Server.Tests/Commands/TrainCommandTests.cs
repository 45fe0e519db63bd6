using System.Diagnostics;
using LoraBridge.Imaging;
using LoraBridge.Server.Tests.Launcher;

namespace LoraBridge.Server.Tests.Commands;

public sealed class TrainCommandTests : IDisposable
{
    private static readonly string s_fixtures = Path.Combine(LauncherScript.Root, "tests", "Fixtures");

    private readonly string _folder = Directory.CreateTempSubdirectory("train-").FullName;

    public TrainCommandTests()
    {
        var pictures = Directory.CreateDirectory(Path.Combine(_folder, "pictures")).FullName;
        for (var i = 0; i < 4; i++)
        {
            var picture = new Picture(64, 64, 3);
            for (var p = 0; p < picture.Pixels.Length; p++) picture.Pixels[p] = (byte)((p * (2 + i)) + i);
            PictureFile.Write(Path.Combine(pictures, $"{i}.png"), picture);
            File.WriteAllText(Path.Combine(pictures, $"{i}.txt"), $"pattern {i}");
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Train_AFolderOfPictures_WritesAnAdapterAndSaysItWorks()
    {
        var run = await CommandRun.OfAsync(Train("epochs=2"));

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(Path.Combine(_folder, "out", "out.safetensors"), run.Output.Trim());
        Assert.Contains("was read back: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("| 4/4 loss ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Train_Explain_ShowsEveryValueWithItsOriginAndTrainsNothing()
    {
        var run = await CommandRun.OfAsync(Train("epochs=2", "--explain"));
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("network.rank", run.Output, StringComparison.Ordinal);
        Assert.Contains("command line", run.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "out")));
    }

    [Fact]
    public async Task Train_DryRun_ExaminesThePicturesAndCountsTheSteps()
    {
        File.WriteAllText(Path.Combine(_folder, "pictures", "0.txt"), "");
        var run = await CommandRun.OfAsync(Train("epochs=3", "--dry-run"));
        Assert.Contains("0.png", run.Output, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_folder, "pictures", "0.txt"), "pattern");
        run = await CommandRun.OfAsync(Train("epochs=3", "--dry-run"));
        Assert.True(run.ExitCode == 0, run.Error + run.Output);
        Assert.Contains("4 pictures, 2 batches an epoch, 3 epochs: 6 steps", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"activations +\d+ MB +\d+ MB\n", run.Output);
        Assert.Matches(@"Measured: two steps of 2 pictures of 64x64, \d+\.\d\d s and \d+\.\d\d s; \d+ MB taken, \d+ MB forecast\.", run.Output);
        Assert.Matches(@"can be had \(.+\): it fits\.", run.Output);
        Assert.Matches(@"Time: \d+:\d\d \(steps ", run.Output);
        Assert.False(Directory.Exists(Path.Combine(_folder, "out")));
    }

    [Fact]
    public async Task Train_UnknownSetting_NamesTheNearest()
    {
        var run = await CommandRun.OfAsync(Train("learning_rte=1e-4"));
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("learning_rate", run.Error, StringComparison.Ordinal);
    }

    /// <summary>Killed twenty times at moments of chance, a run ends with the bytes of one that nothing happened to.</summary>
    [Fact]
    public async Task Train_KilledTwentyTimes_EndsWithTheSameBytes()
    {
        string[] settings = ["epochs=60", "dropout=0.1", "saving.everySteps=3", "saving.keepLast=2", "--resume"];
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(8));
        using (var whole = Start(Train([.. settings, "saving.name=x"], "whole")))
        {
            var errors = whole.StandardError.ReadToEndAsync(timeout.Token);
            await whole.WaitForExitAsync(timeout.Token);
            Assert.True(whole.ExitCode == 0, await errors);
        }

        var chance = new Random(7);
        var kills = 0;
        var again = Train([.. settings, "saving.name=x"], "killed");
        while (kills < 20)
        {
            using var process = Start(again);
            // loading takes about a second: most of these fall among the steps, some before the first and into the saving
            var ended = process.WaitForExitAsync(timeout.Token);
            await Task.WhenAny(ended, Task.Delay(chance.Next(700, 2200), timeout.Token));
            if (process.HasExited) break;
            process.Kill();                                                     // SIGKILL
            await ended;
            kills++;
        }
        using (var last = Start(again))
        {
            var errors = last.StandardError.ReadToEndAsync(timeout.Token);
            await last.WaitForExitAsync(timeout.Token);
            Assert.True(last.ExitCode == 0, await errors);
        }
        Assert.True(kills >= 5, $"the run was over after {kills} kills");
        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder, "whole", "x.safetensors")), File.ReadAllBytes(Path.Combine(_folder, "killed", "x.safetensors")));
        Assert.Equal(Directory.GetFiles(Path.Combine(_folder, "whole")).Select(Path.GetFileName).Order(), Directory.GetFiles(Path.Combine(_folder, "killed")).Select(Path.GetFileName).Order());
    }

    private string[] Train(params string[] more) => Train(more, "out");

    private string[] Train(string[] more, string output) =>
    [
        "train", "--model", Path.Combine(s_fixtures, "goldens", "sd15-tiny", "model.safetensors"),
        "--vocabulary", Path.Combine(s_fixtures, "clip", "bpe_simple_vocab_16e6.txt.gz"), "--data", _folder,
        "train_data_dir=" + Path.Combine(_folder, "pictures"), "output_dir=" + Path.Combine(_folder, output), "seed=3",
        "resolution=64", "buckets.minimumSide=64", "batch_size=2", "network.rank=4", "schedule.warmup=0", "precision.device=cpu", .. more,
    ];

    private static Process Start(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "LoraBridge.Server.dll"), .. arguments]) { RedirectStandardError = true };
        start.Environment["SOURCE_DATE_EPOCH"] = "1700000000";
        return Process.Start(start)!;
    }
}
