using LoraBridge.Server.Commands;

namespace LoraBridge.Server.Tests.Commands;

/// <summary>What <c>train</c> says to settings that nobody can follow: one line that names the place and the cure, and nothing written.</summary>
public sealed class BadTrainCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("train-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("run.yaml", "learning_rte: 1e-4", "run.yaml:1", "learning_rate")]
    [InlineData("run.yaml", "epochs: ten", "run.yaml:1", "ten")]
    [InlineData("run.yaml", "epochs: 3\nepochs: 4", "run.yaml:2", "epochs")]
    [InlineData("run.yaml", "model_config:\n\tlora_rank: 3", "run.yaml:2", "tab")]
    [InlineData("run.yaml", "lora_rank: -4", "run.yaml:1", "from 1 to 4096")]
    [InlineData("run.yaml", "optimizer: AdamZ", "run.yaml:1", "AdamW")]
    [InlineData("run.yaml", "warmup_steps: 120%", "run.yaml:1", "120%")]
    [InlineData("run.yaml", "train_config:\n  batch_size: 2\nbatch_size: 4", "batch_size", "run.yaml")]
    [InlineData("run.toml", "epochs = \"3", "run.toml:1", "TOML")]
    [InlineData("run.toml", "epochs = 3\nepochs = 4", "run.toml", "epochs")]
    [InlineData("run.json", "{\"epochs\": 3,", "run.json", "JSON")]
    [InlineData("run.json", "[]", "run.json:1", "object")]
    [InlineData("run.txt", "epochs: 3", "run.txt", ".yaml")]
    public async Task Train_BadFile_NamesLineAndCure(string name, string text, string place, string cure)
    {
        File.WriteAllText(Path.Combine(_folder, name), text);
        await RefusesAsync(["--config", Path.Combine(_folder, name)], place, cure);
    }

    [Fact]
    public async Task Train_FileInAnotherEncoding_SaysHowToSaveIt()
    {
        File.WriteAllBytes(Path.Combine(_folder, "run.yaml"), [.. "output_dir: "u8, 0xd6, 0xd0]);
        await RefusesAsync(["--config", Path.Combine(_folder, "run.yaml")], "run.yaml", "save it as UTF-8");
    }

    [Theory]
    [InlineData("--config", "nowhere.yaml", "nowhere.yaml", "samples/configs")]
    [InlineData("--preset", "fastest", "fastest", "There are")]
    [InlineData("--model", "nowhere.safetensors", "nowhere.safetensors", ".safetensors or .ckpt")]
    [InlineData("--data", "", "path is empty", "Give a folder")]
    public async Task Train_BadOption_NamesItAndTheCure(string option, string value, string named, string cure) => await RefusesAsync([option, value], named, cure);

    [Theory]
    [InlineData("rank", "rank")]
    [InlineData("lora_rank=eight", "eight")]
    [InlineData("lora_rank=1,5", "1,5")]
    [InlineData("network.algorithm=lorra", "lora")]
    [InlineData("seed=-1", "seed")]
    [InlineData("mixed_precision=fp8", "fp16")]
    public async Task Train_BadArgument_NamesIt(string argument, string words) => await RefusesAsync([argument], words);

    [Fact]
    public async Task Train_NothingGiven_NamesWhatIsMissing() => await RefusesAsync([], "data.folder", "train_data_dir");

    private async Task RefusesAsync(string[] arguments, params string[] words)
    {
        var before = Directory.GetFileSystemEntries(_folder);
        var run = await CommandRun.OfAsync(["train", .. arguments]);
        Assert.True(run.ExitCode is CommandLine.Failure or CommandLine.UsageError, run.Error);
        Assert.All(words, word => Assert.Contains(word, run.Error, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFileSystemEntries(_folder));
    }
}
