using System.CommandLine;
using LoraBridge.Server.Commands;
using LoraBridge.Server.Status;

namespace LoraBridge.Server.Tests.Commands;

public sealed class CommandLineTests
{
    public static TheoryData<string> Subcommands => [.. All().Select(CommandLine.PathOf)];

    [Fact]
    public async Task Version_PrintsTheVersion()
    {
        var run = await CommandRun.OfAsync("version");

        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith($"LoraBridge {StatusApi.ServerVersion}\n", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Subcommands))]
    public async Task Help_OfEachSubcommand_NamesAllItsOptionsAndHasExamples(string name)
    {
        var run = await CommandRun.OfAsync([.. name.Split(' '), "--help"]);

        Assert.Equal(0, run.ExitCode);
        foreach (var option in Find(name).Options) Assert.Contains(option.Name, run.Output, StringComparison.Ordinal);
        foreach (var argument in Find(name).Arguments) Assert.Contains($"\n  {argument.Name} ", run.Output, StringComparison.Ordinal);
        Assert.Contains($"Examples:\n  ./lorabridge {name}", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Subcommands))]
    public void HelpOfEachSubcommand_IsTheOneTheLauncherShows(string name) =>
        LauncherHelp.Matches(name.Replace(' ', '-'), HelpText.Of(Find(name)));

    [Fact]
    public void HelpOfTheProgram_IsTheOneTheLauncherShows() => LauncherHelp.Matches("lorabridge", HelpText.Of(CommandLine.Build()));

    [Theory]
    [InlineData("serve", "--port", "99999", "--port: '99999' is not a whole number from 0 to 65535")]
    [InlineData("serve", "--port", "abc", "--port: 'abc'")]
    [InlineData("serve", "--keep-jobs", "some", "--keep-jobs: 'some' says not what to keep. Give a number of jobs (200)")]
    [InlineData("serve", "--webui-url", "webui", "--webui-url: 'webui' is no web address. Give one such as http://127.0.0.1:7860")]
    [InlineData("serve", "--webui-auth", "hunter2", "--webui-auth: this is not user:password. Give one pair")]
    [InlineData("serve", "--webui-release", "now", "--webui-release: 'now' is no time. Give never, training or always")]
    [InlineData("serve", "--host", "example", "--host: 'example' is no address. Give 127.0.0.1")]
    [InlineData("serve", "--device", "gpu", "--device: 'gpu' is no device. Give auto, cpu, cuda")]
    [InlineData("serve", "--dtype", "int8", "--dtype: 'int8' is no number type. Give auto, float32")]
    [InlineData("serve", "--torch", "/nowhere", "--torch: '/nowhere' holds no lib/libtorch_cpu.so. Give a torch folder")]
    [InlineData("serve", "--model", "/nowhere.ckpt", "--model: there is no file '/nowhere.ckpt'. Give the path of a Stable Diffusion 1.x checkpoint")]
    [InlineData("serve", "--model", "/tmp", "--model: '/tmp' is a folder. Give the file itself")]
    [InlineData("serve", "--webui-dir", "/nowhere", "--webui-dir: there is no folder '/nowhere'")]
    [InlineData("serve", "--vocabulary", "/nowhere.txt", "--vocabulary: there is no file '/nowhere.txt'")]
    [InlineData("serve", "--data", "", "--data: the path is empty")]
    [InlineData("setup", "--vocabulary-package", "/nowhere.js", "--vocabulary-package: there is no file '/nowhere.js'. Give the unpacked package's")]
    public async Task AWrongValue_IsAUsageErrorThatNamesTheOptionAndTheCure(string command, string option, string value, string expected)
    {
        var run = await CommandRun.OfAsync(command, option, value);

        Assert.Equal(CommandLine.UsageError, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.Contains($"./lorabridge {command} --help", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Theory]
    [InlineData("serve", "--prot")]
    [InlineData("serve", "extra")]
    [InlineData("nothing")]
    [InlineData("serve", "--port")]
    public async Task AWrongWord_IsAUsageError(params string[] args)
    {
        var run = await CommandRun.OfAsync(args);

        Assert.Equal(CommandLine.UsageError, run.ExitCode);
        Assert.Contains(args[^1], run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void SharedOptions_WithoutAny_HasTheDefaults()
    {
        var options = SharedOptions.From(CommandLine.Build().Parse(["serve"]));

        Assert.Equal(7870, options.Port);
        Assert.Equal(DataFolder.Default, options.Data);
        Assert.Equal(("auto", "auto"), (options.Device, options.Dtype));
        Assert.Null(options.Model);
    }

    [Fact]
    public void SharedOptions_WithValues_HasThemAsFullPathsAndFullNames()
    {
        var options = SharedOptions.From(CommandLine.Build().Parse(["serve", "--port=81", "--data", "below/here", "--device", "cuda:1", "--dtype", "bf16"]));

        Assert.Equal(81, options.Port);
        Assert.Equal(Path.GetFullPath("below/here"), options.Data);
        Assert.Equal(("cuda:1", "bfloat16"), (options.Device, options.Dtype));
    }

    private static IEnumerable<Command> All() => CommandLine.Build().Subcommands.Where(command => !command.Hidden).SelectMany(command => (Command[])[command, .. command.Subcommands]);

    private static Command Find(string path) => All().Single(command => CommandLine.PathOf(command) == path);
}
