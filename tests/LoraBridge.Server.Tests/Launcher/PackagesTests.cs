namespace LoraBridge.Server.Tests.Launcher;

public sealed class PackagesTests
{
    // a machine that lacks everything but .NET, and an apt that writes down what it is asked for
    private const string BareMachine = """
        has_library() { false; }
        torch_is_found() { [ -n "${LORABRIDGE_TORCH:-}" ]; }
        torch_supply() { echo "${supply:-system}"; }
        find_dotnet() { dotnet=/bin/true; }
        command() { [[ ! ${2:-} =~ ^(g\+\+|npm|chromium.*|google-chrome)$ ]] && builtin command "$@"; }
        id() { echo "${user:-0}"; }
        apt-cache() { case "$1 $*" in *'^libicu'*) echo 'libicu72 - text'; echo 'libicu9 - old' ;; esac; }
        apt-get() { printf 'apt-get %s\n' "$*" >>"$artifacts/asked"; }
        install=ask

        """;

    [Fact]
    public async Task NoInstall_AMachineThatLacksThings_NamesEachWithItsReasonAndTheCommand()
    {
        var run = await LauncherScript.BashAsync(BareMachine + "install=no; ensure_installed torch pictures compiler browser npm");

        Assert.Equal(1, run.ExitCode);
        foreach (var (package, reason) in new[]
        {
            ("libicu72", ".NET"), ("libtorch-dev", "torch: trains"), ("libopenblas0-pthread", "matrix products"),
            ("libturbojpeg0", "JPEG"), ("libwebp7", "WebP"), ("g++", "compiles"), ("chromium", "page"), ("npm", "vocabulary"),
        })
        {
            Assert.Matches($@"\n  {System.Text.RegularExpressions.Regex.Escape(package)} +.*{reason}", run.Error);
        }
        Assert.Contains("apt-get update && apt-get install -y --no-install-recommends libicu72 libtorch-dev libopenblas0-pthread libturbojpeg0 libwebp7 g++ chromium npm", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnsureInstalled_WithoutATerminal_InstallsWithoutAsking()
    {
        var run = await LauncherScript.BashAsync(BareMachine + "ensure_installed pictures; cat \"$artifacts/asked\"");

        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith("apt-get update\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("-y libicu72 libturbojpeg0 libwebp7\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnsureInstalled_NothingMissing_AsksForNothing()
    {
        var run = await LauncherScript.BashAsync(BareMachine + """
            has_library() { true; }
            torch_is_found() { true; }
            command() { builtin command "$@" || true; }
            ensure_installed torch pictures
            [ ! -e "$artifacts/asked" ]
            """);

        Assert.Equal((0, "", ""), (run.ExitCode, run.Output, run.Error));
    }

    [Theory]
    [InlineData("supply=package")]
    [InlineData("LORABRIDGE_TORCH=/torch")]
    public async Task EnsureInstalled_TorchFromElsewhere_NeedsNoPackagesForIt(string given)
    {
        var run = await LauncherScript.BashAsync(BareMachine + $"{given}; torch_is_found() {{ true; }}; install=no; ensure_installed torch");

        Assert.DoesNotContain("libtorch-dev", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("libopenblas", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("python_has() { false; }", "python3-fastapi", "python3-uvicorn", "chromium")]
    [InlineData("python_has() { [ \"$1\" = fastapi ]; }", "python3-uvicorn", "chromium")]
    [InlineData("python_has() { true; }", "chromium")]
    public async Task EnsureInstalled_ForTheExtensionsTests_NamesWhatIsMissing(string has, params string[] packages)
    {
        var run = await LauncherScript.BashAsync(BareMachine + has + """

            has_library() { true; }
            command() { case "${2:-}" in chromium* | google-chrome) false ;; *) builtin command "$@" ;; esac; }
            install=no; ensure_installed extension browser
            """);

        Assert.Equal(1, run.ExitCode);
        Assert.EndsWith($"install -y --no-install-recommends {string.Join(' ', packages)}\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnsureInstalled_AUserWithoutSudo_IsToldWhatRootHasToDo()
    {
        var run = await LauncherScript.BashAsync(BareMachine + """
            user=1000
            command() { [ "${2:-}" != sudo ] && builtin command "$@"; }
            ensure_installed pictures
            """);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("As root: apt-get update && apt-get install -y", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnsureInstalled_AMachineWithoutApt_NamesThePackages()
    {
        var run = await LauncherScript.BashAsync(BareMachine + """
            command() { [ "${2:-}" != apt-get ] && builtin command "$@"; }
            ensure_installed pictures
            """);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("no apt-get", run.Error, StringComparison.Ordinal);
        Assert.Contains("libwebp7", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnsureInstalled_AReleaseWithoutLibtorch_GoesOnAndAsksOnlyOnce()
    {
        var run = await LauncherScript.BashAsync(BareMachine + """
            apt-cache() { [ "$1 ${2:-}" != 'show libtorch-dev' ]; }
            has_library() { true; }
            ensure_installed torch
            ensure_installed torch
            cat "$artifacts/asked"
            """);

        Assert.Equal((0, "apt-get update\n"), (run.ExitCode, run.Output));
        Assert.Contains("this release has no libtorch-dev", run.Error, StringComparison.Ordinal);
    }
}
