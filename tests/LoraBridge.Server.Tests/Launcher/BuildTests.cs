namespace LoraBridge.Server.Tests.Launcher;

public sealed class BuildTests
{
    // a small repository whose build writes down that it ran
    private const string SmallRepository = """
        root="$artifacts/a b"; artifacts="$root/artifacts"; launcher="$root/src/LoraBridge.Server/Launcher"
        out="$root/src/LoraBridge.Server/bin/Release/net10.0"
        mkdir -p "$root/src/LoraBridge/obj" "$launcher" "$artifacts"
        touch "$root"/Directory.{Build,Packages}.props "$root/global.json" "$root/src/LoraBridge/A.cs"
        choose_torch() { :; }
        ensure_installed() { :; }
        dotnet=fake_dotnet
        fake_dotnet() { mkdir -p "$out"; touch "$out/LoraBridge.Server.dll" "$root/src/LoraBridge/obj/x"; echo run >>"$artifacts/runs"; [ ! -e "$root/src/LoraBridge/Bad.cs" ] || { echo 'error CS0001'; return 1; }; }
        runs() { wc -l <"$artifacts/runs"; }

        """;

    [Fact]
    public async Task EnsureBuilt_ASecondTime_BuildsNothing()
    {
        var run = await LauncherScript.BashAsync(SmallRepository + "ensure_built; ensure_built; runs");

        Assert.Equal((0, "1\n"), (run.ExitCode, run.Output));
    }

    [Theory]
    [InlineData("echo x >\"$root/src/LoraBridge/A.cs\"")]
    [InlineData("touch -d 2001-01-01 \"$root/src/LoraBridge/New.cs\"")]
    [InlineData("rm \"$root/src/LoraBridge/A.cs\"")]
    [InlineData("echo x >\"$root/global.json\"")]
    [InlineData("export LORABRIDGE_TORCH=/elsewhere")]
    [InlineData("rm \"$out/LoraBridge.Server.dll\"")]
    public async Task EnsureBuilt_AfterAChange_BuildsAgain(string change)
    {
        var run = await LauncherScript.BashAsync(SmallRepository + $"ensure_built; sleep 0.02; {change}; ensure_built; ensure_built; runs");

        Assert.Equal((0, "2\n"), (run.ExitCode, run.Output));
        Assert.Contains("building: the sources changed", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("echo x >\"$root/src/LoraBridge/obj/y\"")]
    [InlineData("echo x >\"$launcher/say.sh\"")]
    [InlineData("echo x >\"$root/src/README.md\"")]
    public async Task EnsureBuilt_AfterAChangeThatIsNoSource_BuildsNothing(string change)
    {
        var run = await LauncherScript.BashAsync(SmallRepository + $"ensure_built; sleep 0.02; {change}; ensure_built; runs");

        Assert.Equal((0, "1\n"), (run.ExitCode, run.Output));
    }

    [Fact]
    public async Task EnsureBuilt_AFailedBuild_ShowsItsLogAndLeavesNoStamp()
    {
        var run = await LauncherScript.BashAsync(SmallRepository + """
            touch "$root/src/LoraBridge/Bad.cs"
            (ensure_built) && exit 3
            [ ! -e "$artifacts/build/server.stamp" ]
            rm "$root/src/LoraBridge/Bad.cs"
            ensure_built
            """);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("error CS0001", run.Error, StringComparison.Ordinal);
        Assert.Contains("the build failed: see above", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnsureBuilt_TwoStartsAtOnce_BuildOnce()
    {
        var run = await LauncherScript.BashAsync(SmallRepository + """
            fake_dotnet() { sleep 0.5; mkdir -p "$out"; touch "$out/LoraBridge.Server.dll"; echo run >>"$artifacts/runs"; }
            ensure_built & ensure_built & wait
            runs
            """);

        Assert.Equal((0, "1\n"), (run.ExitCode, run.Output));
        Assert.Contains("waiting for another start", run.Error, StringComparison.Ordinal);
    }
}
