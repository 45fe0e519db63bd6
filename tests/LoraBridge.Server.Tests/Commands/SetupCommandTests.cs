using LoraBridge.Diffusion.Text;
using LoraBridge.Server.Commands;

namespace LoraBridge.Server.Tests.Commands;

public sealed class SetupCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("setup-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Setup_APackageThatHoldsNoVocabulary_FailsAndWritesNothing()
    {
        var module = Path.Combine(_folder, "module.js");
        await File.WriteAllTextAsync(module, "let obj = { \"text\": \"#version: 0.2\\ni n\\n\" };");

        var run = await CommandRun.OfAsync("setup", "--vocabulary-package", module, "--data", _folder);

        Assert.Equal(CommandLine.Failure, run.ExitCode);
        Assert.Contains("is not CLIP's vocabulary", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(VocabularySearch.DataFile(_folder)));
    }

    [Fact]
    public async Task Setup_AVocabularyThatIsGiven_SaysThatAllIsInPlace()
    {
        var vocabulary = Path.Combine(Launcher.LauncherScript.Root, "tests", "Fixtures", "clip", "bpe_simple_vocab_16e6.txt.gz");

        var run = await CommandRun.OfAsync("setup", "--vocabulary", vocabulary, "--data", _folder);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("CLIP's vocabulary: found", run.Output, StringComparison.Ordinal);
        Assert.Contains(_folder, run.Output, StringComparison.Ordinal);
    }
}
