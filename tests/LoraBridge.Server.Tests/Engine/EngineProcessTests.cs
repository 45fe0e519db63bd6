using System.Diagnostics;
using LoraBridge.Server.Engine;
using LoraBridge.Server.Engine.Protocol;

namespace LoraBridge.Server.Tests.Engine;

public sealed class EngineProcessTests
{
    [Fact]
    public async Task AnEngineThatIsKilledInACall_IsReplacedAndTheCallIsMadeAgain()
    {
        await using var engine = EngineFixture.Create();
        var expected = await engine.DrawAsync(steps: 30);
        var first = engine.ProcessId!.Value;
        var killed = false;

        var result = await engine.Client.GenerateAsync(new(EngineFixture.Request(steps: 30)), new Act(at =>
        {
            if (!killed && at is { Stage: EngineStage.Sampling, Step: > 2 }) Kill(first);
            killed |= at.Step > 2;
        }));

        Assert.True(killed);
        Assert.Equal(expected, result.Images[0].Png);
        Assert.NotEqual(first, engine.ProcessId);
        Assert.Equal(2, engine.Process.Starts);
    }

    [Fact]
    public async Task AnEngineThatIsKilledTwiceInACall_GivesAnErrorAndTheNextCallWorks()
    {
        await using var engine = EngineFixture.Create();
        var killed = 0;

        var error = await Assert.ThrowsAsync<EngineException>(() => engine.Client.GenerateAsync(new(EngineFixture.Request(steps: 500)), new Act(at =>
        {
            if (at.Step != 2) return;
            Kill(engine.ProcessId!.Value);
            killed++;
        })));

        Assert.Equal((EngineErrorKind.Lost, 2), (error.Kind, killed));
        Assert.Contains("signal 9", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(await engine.DrawAsync());
    }

    [Fact]
    public async Task AnEngineThatStandsStill_IsEndedAndTheNextCallWorks()
    {
        await using var engine = EngineFixture.Create();
        await engine.DrawAsync();
        var stopped = engine.ProcessId!.Value;

        var error = await Assert.ThrowsAsync<EngineException>(() => engine.Client.GenerateAsync(new(EngineFixture.Request(steps: 500)), new Act(at =>
        {
            if (at.Step != 2) return;
            Signal(stopped, "STOP");
            engine.Process.Settings = engine.Process.Settings with { SilenceLimit = TimeSpan.FromSeconds(0.5) };
        })));
        engine.Process.Settings = engine.Process.Settings with { SilenceLimit = TimeSpan.FromMinutes(5) };

        Assert.Equal(EngineErrorKind.Hung, error.Kind);
        Assert.Contains("stood still for more than 0.5 s", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(await engine.DrawAsync());
        Assert.NotEqual(stopped, engine.ProcessId);
    }

    [Fact]
    public async Task AnIdleEngine_IsEndedAndStartedAgainWhenItIsNeeded()
    {
        await using var engine = EngineFixture.Create(settings => settings with { IdleTime = TimeSpan.FromSeconds(0.3) });
        var before = await engine.DrawAsync();
        var process = engine.ProcessId!.Value;
        while (engine.Process.Current is not null) await Task.Delay(20);

        Assert.False(IsAlive(process));
        Assert.Equal(0, (await engine.Client.MemoryAsync()).ProcessBytes);
        Assert.Equal(before, await engine.DrawAsync());
    }

    [Fact]
    public async Task UnloadAsync_EndsAnIdleEngine()
    {
        await using var engine = EngineFixture.Create();
        await engine.DrawAsync();
        var process = engine.ProcessId!.Value;

        await engine.Client.UnloadAsync();

        Assert.False(IsAlive(process));
        Assert.Null(await engine.Client.HealthAsync());
        Assert.Same(EngineMemory.None, await engine.Client.MemoryAsync());
    }

    [Fact]
    public async Task MemoryThatDoesNotSuffice_IsAnErrorThatTheEngineSurvives()
    {
        // of managed memory: the noise of a picture of 16384 x 16384 does not fit
        await using var engine = EngineFixture.Create(settings => settings with { Variables = new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "0x4000000" } });
        await engine.DrawAsync();
        var process = engine.ProcessId;

        var error = await Assert.ThrowsAsync<EngineException>(() => engine.Client.GenerateAsync(new(EngineFixture.Request(size: 16384))));
        var models = (await engine.Client.MemoryAsync()).Models;

        Assert.Equal(EngineErrorKind.OutOfMemory, error.Kind);
        Assert.Contains("smaller or fewer pictures", error.Message, StringComparison.Ordinal);
        Assert.Empty(models);
        Assert.NotEmpty(await engine.DrawAsync());
        Assert.Equal(process, engine.ProcessId);
    }

    [Fact]
    public async Task AnEngineWithoutTorch_SaysWhatIsMissing()
    {
        await using var engine = EngineFixture.Create(settings => settings with { Torch = "/nowhere" });

        var error = await Assert.ThrowsAsync<EngineException>(() => engine.DrawAsync());

        Assert.Equal(EngineErrorKind.Unavailable, error.Kind);
        Assert.Contains("--torch", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnEngineThatCannotStart_GivesItsLastWords()
    {
        await using var engine = EngineFixture.Create(settings => settings with { Variables = new Dictionary<string, string> { ["DOTNET_STARTUP_HOOKS"] = "/nowhere.dll" } });

        var error = await Assert.ThrowsAsync<EngineException>(() => engine.DrawAsync());

        Assert.Equal(EngineErrorKind.Unavailable, error.Kind);
        Assert.Contains("The engine could not be started", error.Message, StringComparison.Ordinal);
        Assert.Contains("/nowhere.dll", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A process that is stopped for good, or has gone, is not alive.</summary>
    private static bool IsAlive(int process) => Directory.Exists($"/proc/{process}");

    private static void Kill(int process) => Signal(process, "KILL");

    private static void Signal(int process, string signal)
    {
        using var kill = Process.Start("bash", ["-c", $"kill -s {signal} {process}"]);
        kill.WaitForExit();
    }

    private sealed class Act(Action<EngineProgress> what) : IProgress<EngineProgress>
    {
        public void Report(EngineProgress value) => what(value);
    }
}
