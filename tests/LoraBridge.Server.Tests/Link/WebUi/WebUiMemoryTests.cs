using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Server.Link.WebUi;
using LoraBridge.Server.Tests.Engine;
using LoraBridge.Training.Settings;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace LoraBridge.Server.Tests.Link.WebUi;

public sealed class WebUiMemoryTests : IAsyncLifetime
{
    private static readonly TrainCall s_training = new(new TrainingOptions());
    private static readonly GenerateCall s_pictures = new(EngineFixture.Request());

    private readonly string _folder = Directory.CreateTempSubdirectory("webui-").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private FakePeer _webUi = null!;
    private WebUiMemo _memo = null!;
    private WebUiClient _client = null!;
    private WebUiMemory _memory = null!;
    private int _givenBack;

    public async Task InitializeAsync() => _webUi = await FakePeer.StartAsync();

    public async Task DisposeAsync()
    {
        await CloseAsync();
        await _webUi.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task ATraining_HasTheModelUnloadedBefore_AndReloadedAfter()
    {
        Open(WebUiRelease.Training);
        using (await _memory.HoldAsync(s_training, default))
        {
            Assert.Equal(["unload-checkpoint"], _webUi.Paths);
            Assert.NotNull(_memo.Debts.ReleasedAt);
            await _time.PassAsync(TimeSpan.FromMinutes(5));
            Assert.Equal(1, _memory.Holders);
        }
        Assert.Equal(["unload-checkpoint"], _webUi.Paths);                      // it lingers
        await _time.UntilAsync(() => _memo.Debts.ReleasedAt is null, TimeSpan.FromSeconds(1));
        Assert.Equal(["unload-checkpoint", "reload-checkpoint"], _webUi.Paths);
        Assert.Equal(1, _givenBack);
    }

    [Fact]
    public async Task ManyAtOnce_AndOneAfterAnother_AreOnePair()
    {
        Open(WebUiRelease.Always);
        var first = await _memory.HoldAsync(s_training, default);
        using (await _memory.HoldAsync(s_pictures, default)) first!.Dispose();
        await _time.PassAsync(TimeSpan.FromSeconds(2));
        (await _memory.HoldAsync(s_pictures, default))!.Dispose();
        await _time.UntilAsync(() => _memo.Debts.ReleasedAt is null, TimeSpan.FromSeconds(1));
        Assert.Equal(["unload-checkpoint", "reload-checkpoint"], _webUi.Paths);
    }

    [Theory]
    [InlineData("never")]
    [InlineData("training")]
    [InlineData("none")]
    public async Task WhatTheSettingDoesNotAskFor_IsNotDone(string setting)
    {
        if (setting == "none") Open(WebUiRelease.Always, isLinked: false);
        else Open(setting == "never" ? WebUiRelease.Never : WebUiRelease.Training);
        Assert.Null(await _memory.HoldAsync(s_pictures, default));
        if (setting != "training") Assert.Null(await _memory.HoldAsync(s_training, default));
        Assert.Null(await _memory.HoldAsync(new LoadCall(new()), default));
        Assert.Empty(_webUi.All);
    }

    [Fact]
    public async Task AWebUiThatWentAway_GetsItsModelWhenItIsBack()
    {
        Open(WebUiRelease.Training);
        var hold = await _memory.HoldAsync(s_training, default);
        await _webUi.GoAsync();
        hold!.Dispose();
        await _time.UntilAsync(() => _client.Calls.Any(call => call.Action == "reload-checkpoint"), TimeSpan.FromSeconds(1));
        await _time.PassAsync(TimeSpan.FromMinutes(3), 30);
        Assert.NotNull(_memo.Debts.ReleasedAt);
        await _webUi.ComeAsync();
        await _time.UntilAsync(() => _memo.Debts.ReleasedAt is null, TimeSpan.FromSeconds(2));
        Assert.Equal(["unload-checkpoint", "reload-checkpoint"], _webUi.Paths);
    }

    [Fact]
    public async Task AServerThatWasKilled_LeavesTheDebtToTheNext_AlsoWithoutTheOption()
    {
        Open(WebUiRelease.Training);
        _ = await _memory.HoldAsync(s_training, default);
        Open(WebUiRelease.Training);                                            // as after a kill: nobody said goodbye
        await _time.UntilAsync(() => _memo.Debts.ReleasedAt is null, TimeSpan.FromSeconds(1));
        Assert.Equal(["unload-checkpoint", "reload-checkpoint"], _webUi.Paths);
        Assert.Equal(_webUi.Url, _memo.Debts.Url);
    }

    [Fact]
    public async Task AFreshServer_WithoutTheLink_StillGivesBackWhatIsOwed()
    {
        Open(WebUiRelease.Training);
        _ = await _memory.HoldAsync(s_training, default);
        Directory.CreateDirectory(_folder);
        await using (await RunningServer.StartAsync(data: _folder))
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            while (!_webUi.Paths.Contains("reload-checkpoint")) await Task.Delay(20, limit.Token);
        }
        Directory.CreateDirectory(_folder);
        Open(WebUiRelease.Training);
    }

    [Fact]
    public async Task AnUnload_OfWhichNobodyKnowsWhetherItWasDone_IsPaired()
    {
        Open(WebUiRelease.Training);
        _webUi.Answer = asked => asked.Path.EndsWith("unload-checkpoint", StringComparison.Ordinal) ? 500 : 200;
        var held = _memory.HoldAsync(s_training, default);
        await _time.UntilAsync(() => held.IsCompleted, TimeSpan.FromSeconds(1));
        Assert.NotNull(_memo.Debts.ReleasedAt);
        (await held)!.Dispose();
        await _time.UntilAsync(() => _memo.Debts.ReleasedAt is null, TimeSpan.FromSeconds(1));
        Assert.Equal("reload-checkpoint", _webUi.Paths[^1]);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(404)]
    public async Task AnUnload_ThatWasRefused_OwesNothingAndStopsNobody(int status)
    {
        Open(WebUiRelease.Training);
        _webUi.Answer = _ => status;
        using (await _memory.HoldAsync(s_training, default)) Assert.Null(_memo.Debts.ReleasedAt);
        await _time.PassAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(["unload-checkpoint"], _webUi.Paths);
        Assert.Contains(status == 401 ? "--webui-auth" : "--api", _client.Calls[0].Error!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AWebUiThatHangs_KeepsWorkWaitingForAWhileOnly()
    {
        Open(WebUiRelease.Training);
        _webUi.Answer = asked => asked.Path.EndsWith("unload-checkpoint", StringComparison.Ordinal) ? null : 200;
        var held = _memory.HoldAsync(s_training, default);
        var begin = _time.GetUtcNow();
        await _time.UntilAsync(() => held.IsCompleted, TimeSpan.FromSeconds(2));
        Assert.InRange((_time.GetUtcNow() - begin).TotalSeconds, 10, 90);
        (await held)!.Dispose();
        await _time.UntilAsync(() => _memo.Debts.ReleasedAt is null, TimeSpan.FromSeconds(1));
        Assert.Equal("reload-checkpoint", _webUi.Paths[^1]);
    }

    [Fact]
    public async Task ACallThatIsGivenUp_LeavesNoHolder()
    {
        Open(WebUiRelease.Training);
        _webUi.Answer = asked => asked.Path.EndsWith("unload-checkpoint", StringComparison.Ordinal) ? null : 200;
        using var cancel = new CancellationTokenSource();
        var held = _memory.HoldAsync(s_training, cancel.Token);
        await _time.UntilAsync(() => _webUi.All.Count > 0);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => held);
        Assert.Equal(0, _memory.Holders);
        await _time.UntilAsync(() => _memo.Debts.ReleasedAt is null, TimeSpan.FromSeconds(1));
        Assert.Equal(["unload-checkpoint", "reload-checkpoint"], _webUi.Paths);
    }

    [Fact]
    public async Task AServerThatEnds_GivesBackAtOnce()
    {
        Open(WebUiRelease.Training);
        (await _memory.HoldAsync(s_training, default))!.Dispose();
        await _memory.StopAsync(default);
        Assert.Null(_memo.Debts.ReleasedAt);
        Assert.Equal(["unload-checkpoint", "reload-checkpoint"], _webUi.Paths);
    }

    [Fact]
    public void ADamagedMemo_CountsAsADebt()
    {
        File.WriteAllText(MemoPath, "{");
        Open(WebUiRelease.Never);
        Assert.True(_memo.Debts is { ReleasedAt: not null, RefreshOwed: true });
    }

    private string MemoPath => Path.Combine(_folder, "webui.json");

    private void Open(WebUiRelease release, bool isLinked = true)
    {
        _memo = new(MemoPath, NullLogger<WebUiMemo>.Instance);
        (_client, _memory) = Make(new() { Url = isLinked ? _webUi.Url : null, Release = release, Patience = new() { Timeout = TimeSpan.FromSeconds(20), Retries = 2, Failures = 5, Break = TimeSpan.FromSeconds(5), LongestBreak = TimeSpan.FromMinutes(1) } }, _memo, _time, () => _givenBack++);
        _ = _memory.StartAsync(default);
    }

    private static (WebUiClient Client, WebUiMemory Memory) Make(WebUiSettings settings, WebUiMemo memo, TimeProvider time, Action giveBack)
    {
        var client = new WebUiClient(settings, time);
        return (client, new(client, memo, _ =>
        {
            giveBack();
            return Task.CompletedTask;
        }, time, NullLogger<WebUiMemory>.Instance));
    }

    private async Task CloseAsync()
    {
        await _memory.StopAsync(default);
        _memory.Dispose();
        _client.Dispose();
    }
}
