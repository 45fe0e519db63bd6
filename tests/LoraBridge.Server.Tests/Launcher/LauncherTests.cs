namespace LoraBridge.Server.Tests.Launcher;

public sealed class LauncherTests
{
    [Theory]
    [InlineData("serve")]
    [InlineData("generate")]
    [InlineData("setup")]
    [InlineData("version")]
    [InlineData("test")]
    public async Task Help_OfEachSubcommand_IsShownWithoutABuild(string subcommand)
    {
        var run = await LauncherScript.RunAsync(subcommand, "--help");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains($"Usage: ./lorabridge {subcommand} [options]", run.Output, StringComparison.Ordinal);
        Assert.Contains("--no-install", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lora", "--help")]
    [InlineData("lora inspect", "inspect", "--help")]
    [InlineData("lora bake", "bake", "--out", "x", "-h")]
    public async Task Help_OfTheLoraTools_IsShownWithoutABuild(string path, params string[] words)
    {
        var run = await LauncherScript.RunAsync(["lora", .. words]);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains($"Usage: ./lorabridge {path} ", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("help")]
    public async Task Help_OfTheWhole_ListsTheSubcommands(string word)
    {
        var run = await LauncherScript.RunAsync(word);

        Assert.Equal(0, run.ExitCode);
        foreach (var subcommand in new[] { "serve", "generate", "lora", "setup", "version", "test" }) Assert.Contains($"\n  {subcommand} ", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("there is no subcommand 'sreve'. There are: serve generate", "sreve")]
    [InlineData("there is no tool 'lora inspekt'", "lora", "inspekt", "x")]
    [InlineData("the subcommand comes first", "--port", "1")]
    [InlineData("'test' has no option '--prot'", "test", "--prot")]
    [InlineData("--goldens: there is no folder '/nowhere'", "test", "--goldens", "/nowhere")]
    [InlineData("--goldens needs one or more folders", "test", "--goldens", "--yes")]
    [InlineData("--filter needs an expression", "test", "--filter")]
    [InlineData("--torch: there is no folder '/nowhere'", "serve", "--torch", "/nowhere")]
    [InlineData("--data needs a value", "serve", "--data")]
    public async Task AWrongCommandLine_IsRefusedWithItsCure(string expected, params string[] args)
    {
        var run = await LauncherScript.RunAsync(args);

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"lorabridge: {expected}", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task NoSubcommand_ShowsTheHelpAsAnError()
    {
        var run = await LauncherScript.RunAsync();

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("Usage: ./lorabridge COMMAND", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadCommandLine_KeepsTheProgramsWordsAndTakesItsOwn()
    {
        var run = await LauncherScript.BashAsync("""
            read_command_line generate --prompt 'a b' --yes --data=here --torch "$root" --vocabulary v --steps 3
            printf '%s|' "$subcommand" "$install" "$data" "$LORABRIDGE_TORCH" "$vocabulary_is_given" "${arguments[@]}"
            """);

        Assert.Equal($"generate|yes|here|{LauncherScript.Root}|yes|--prompt|a b|--data=here|--torch|{LauncherScript.Root}|--vocabulary|v|--steps|3|", run.Output);
    }

    [Fact]
    public async Task ReadCommandLine_ManyGoldenFolders_AreMadeAbsolute()
    {
        var run = await LauncherScript.BashAsync("""
            cd "$root"
            read_command_line test --goldens src tests --filter A=B --no-install
            printf '%s|' "${goldens[@]}" "$test_filter" "$install"
            """);

        Assert.Equal($"{LauncherScript.Root}/src|{LauncherScript.Root}/tests|A=B|no|", run.Output);
    }
}
