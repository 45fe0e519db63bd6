namespace LoraBridge.Server.Tests.Launcher;

public sealed class TestCountTests
{
    // runs two projects whose runner prints what is given and ends with a code
    private static Task<LauncherScript> RunTestsAsync(string printed, int exitCode = 0, string extension = "") => LauncherScript.BashAsync($$"""
        root=$artifacts/root test_filter='' goldens=()
        mkdir -p "$artifacts/tests/One.Tests/folder of an earlier run"
        mkdir -p "$root"/tests/{One,Two}.Tests; touch "$root"/tests/{One.Tests/One,Two.Tests/Two}.csproj
        choose_torch() { :; }
        ensure_installed() { :; }
        dotnet=fake_dotnet
        {{extension}}
        fake_dotnet() { if [ "$1" = test ]; then printf '%s\n' '{{printed}}'; return {{exitCode}}; fi; }
        set -E; trap 'say stopped' ERR
        run_tests
        """);

    [Fact]
    public async Task RunTests_AllPass_EndsWithTheSumOverProjects()
    {
        var run = await RunTestsAsync("Passed!  - Failed:     0, Passed:    12, Skipped:     0, Total:    12, Duration: 1 s - One.dll (net10.0)");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("24 passed, 0 failed\n", run.Output);
    }

    [Fact]
    public async Task RunTests_SomeFail_ShowsTheRunnersOutputAndFails()
    {
        var run = await RunTestsAsync("Failed!  - Failed:     2, Passed:    10, Skipped:     0, Total:    12, Duration: 1 s - One.dll (net10.0)", exitCode: 1);

        Assert.Equal(1, run.ExitCode);
        Assert.DoesNotContain("stopped", run.Error, StringComparison.Ordinal);
        Assert.Contains("Total:    12", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("\n20 passed, 4 failed\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunTests_ASkippedTest_CountsAsFailed()
    {
        var run = await RunTestsAsync("Passed!  - Failed:     0, Passed:    10, Skipped:     1, Total:    11, Duration: 1 s - One.dll (net10.0)");

        Assert.Equal(1, run.ExitCode);
        Assert.EndsWith("\n20 passed, 2 failed\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunTests_ARunnerThatCrashes_CountsAsFailed()
    {
        var run = await RunTestsAsync("The active test run was aborted. Reason: Test host process crashed", exitCode: 1);

        Assert.Equal(1, run.ExitCode);
        Assert.EndsWith("\n0 passed, 2 failed\n", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Ran 12 tests in 3.456s\\n\\nOK", 0, "36 passed, 0 failed")]
    [InlineData("Ran 12 tests in 3.456s\\n\\nOK (skipped=2)", 0, "34 passed, 2 failed")]
    [InlineData("Ran 12 tests in 3.456s\\n\\nFAILED (failures=1, errors=3)", 1, "32 passed, 4 failed")]
    [InlineData("Ran 0 tests in 0.000s\\n\\nOK", 0, "24 passed, 1 failed")]
    [InlineData("Killed", 137, "24 passed, 1 failed")]
    public async Task RunTests_WithTheExtensionsTests_CountsThemToo(string printed, int exitCode, string sum)
    {
        var run = await RunTestsAsync("Passed!  - Failed:     0, Passed:    12, Skipped:     0, Total:    12, Duration: 1 s - One.dll (net10.0)", extension: $$"""
            mkdir -p "$root/tests/extension"
            printf '#!/bin/sh\nprintf "{{printed}}\\n"; exit {{exitCode}}\n' >"$artifacts/python"; chmod +x "$artifacts/python"
            extension_python() { echo "$artifacts/python"; }
            """);

        Assert.EndsWith(sum + "\n", run.Output, StringComparison.Ordinal);
        Assert.Equal(sum.EndsWith("0 failed", StringComparison.Ordinal) ? 0 : 1, run.ExitCode);
    }

    [Fact]
    public async Task RunTests_WithAFilter_LeavesTheExtensionOut()
    {
        var run = await RunTestsAsync("Passed!  - Failed:     0, Passed:    12, Skipped:     0, Total:    12, Duration: 1 s - One.dll (net10.0)", extension: """
            mkdir -p "$root/tests/extension"; test_filter=A~B
            extension_python() { echo /bin/false; }
            """);

        Assert.Equal("24 passed, 0 failed\n", run.Output);
    }

    [Fact]
    public async Task ClearTestResults_FoldersOfAnEarlierRun_AreGone()
    {
        var run = await LauncherScript.BashAsync("""
            mkdir -p "$artifacts/tests/One.Tests/folder"; touch "$artifacts/tests/One.Tests.log"
            clear_test_results
            find "$artifacts/tests" -mindepth 1
            """);

        Assert.Equal((0, ""), (run.ExitCode, run.Output));
    }

    [Fact]
    public async Task RunTests_NoTestAtAll_Fails()
    {
        var run = await RunTestsAsync("No test matches the given testcase filter");

        Assert.Equal(1, run.ExitCode);
        Assert.EndsWith("0 passed, 1 failed\n", run.Output, StringComparison.Ordinal);
    }
}
