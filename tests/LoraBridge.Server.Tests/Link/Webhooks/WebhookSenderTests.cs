using System.Text;
using System.Text.Json.Nodes;
using LoraBridge.Server.Jobs;
using LoraBridge.Server.Link.Webhooks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace LoraBridge.Server.Tests.Link.Webhooks;

public sealed class WebhookSenderTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hooks-").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private FakePeer _peer = null!;
    private JobStore _jobs = null!;
    private WebhookStore _store = null!;
    private WebhookSender _sender = null!;

    public async Task InitializeAsync()
    {
        _peer = await FakePeer.StartAsync();
        Open();
    }

    public async Task DisposeAsync()
    {
        await CloseAsync();
        await _peer.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task AFinishedJob_IsToldOnceAndSigned()
    {
        Hook(secret: "s3cret");
        End("job-1", JobState.Finished);
        await _time.UntilAsync(() => _peer.All.Count == 1);
        await _time.UntilAsync(() => Deliveries()[0].State == "delivered");

        var asked = _peer.All[0];
        var body = JsonNode.Parse(asked.Body)!;
        Assert.Equal(("POST", "job.finished", "job-1", "finished"), (asked.Method, body["event"]!.GetValue<string>(), body["job"]!["id"]!.GetValue<string>(), body["job"]!["state"]!.GetValue<string>()));
        Assert.Equal(body["delivery"]!.GetValue<string>(), asked.Headers["X-LoraBridge-Delivery"]);
        Assert.Equal("sha256=" + WebhookMessage.Sign("s3cret", asked.Headers["X-LoraBridge-Timestamp"], Encoding.UTF8.GetBytes(asked.Body)), asked.Headers["X-LoraBridge-Signature"]);
        Assert.DoesNotContain("s3cret", asked.Body + string.Join(' ', asked.Headers.Values), StringComparison.Ordinal);
        Assert.Equal((1, 200, null), (Deliveries()[0].Attempts, Deliveries()[0].Status, Deliveries()[0].Error));
    }

    [Fact]
    public void Sign_IsHmacSha256OverTimeAndBody() =>
        // by openssl: printf '1.{}' | openssl dgst -sha256 -hmac key
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData("key"u8, "1.{}"u8)), WebhookMessage.Sign("key", "1", "{}"u8));

    [Fact]
    public async Task OnlyChosenEvents_AreTold()
    {
        Hook(events: ["job.failed", "job.warning"]);
        _jobs.Add([NewJob("a")]);
        _jobs.Append("a", "step", "{}");
        _jobs.Append("a", "warning", """{"message":"hot"}""");
        End("a", JobState.Failed);
        await _time.UntilAsync(() => _peer.All.Count == 2);
        Assert.Equal(["job.warning", "job.failed"], _peer.All.Select(asked => asked.Headers["X-LoraBridge-Event"]));
        Assert.Equal("hot", JsonNode.Parse(_peer.All[0].Body)!["body"]!["message"]!.GetValue<string>());
    }

    [Fact]
    public async Task AReceiverThatFails_IsTriedAgainLaterAndLater_AndGivenUp()
    {
        _peer.Answer = _ => 500;
        Hook();
        End("a", JobState.Finished);
        await _time.UntilAsync(() => Deliveries()[0].Attempts == 1);
        Assert.Equal(("waiting", 500), (Deliveries()[0].State, Deliveries()[0].Status));
        var pause = Deliveries()[0].DueAt - _time.GetUtcNow();
        Assert.InRange(pause.TotalSeconds, 4.9, 10);
        await _time.UntilAsync(() => Deliveries()[0].State == "failed", TimeSpan.FromMinutes(2));
        Assert.Equal(WebhookSender.MostAttempts, Deliveries()[0].Attempts);
        Assert.InRange(_peer.All.Count, 2, WebhookSender.MostAttempts);       // the clock leaps: some calls are late before they arrive
        Assert.Single(_peer.All.Select(asked => asked.Headers["X-LoraBridge-Delivery"]).Distinct());
    }

    [Fact]
    public async Task AReceiverThatHangs_IsLeftAloneAfterThreeTimes_AndToldWhenItIsBack()
    {
        _peer.Answer = _ => null;
        var hook = Hook();
        End("a", JobState.Finished);
        End("b", JobState.Finished);
        await _time.UntilAsync(() => _sender.CircuitOf(hook)?.State == "open", TimeSpan.FromSeconds(1));
        Assert.NotNull(_sender.CircuitOf(hook)!.NextTryAt);
        var tried = _peer.All.Count;
        Assert.True(tried >= 3);
        Assert.Contains("no answer within", Deliveries().First(delivery => delivery.Attempts > 0).Error!, StringComparison.Ordinal);
        _peer.Answer = _ => 204;
        await _time.UntilAsync(() => Deliveries().All(delivery => delivery.State == "delivered"), TimeSpan.FromSeconds(5));
        Assert.Equal("closed", _sender.CircuitOf(hook)!.State);
    }

    [Fact]
    public async Task WhatWasNotTold_IsToldByTheNextServer()
    {
        var url = _peer.Url;
        await _peer.GoAsync();
        Hook(url);
        End("a", JobState.Finished);
        await _time.UntilAsync(() => Deliveries()[0].Attempts == 1);
        Assert.Contains("cannot be reached", Deliveries()[0].Error!, StringComparison.Ordinal);
        await CloseAsync();
        End("b", JobState.Finished, open: true);                               // and one that nobody tried yet
        await _peer.ComeAsync();
        Open();
        await _time.UntilAsync(() => Deliveries().All(delivery => delivery.State == "delivered"), TimeSpan.FromSeconds(5));
        Assert.Equal(["a", "b"], _peer.All.Select(asked => JsonNode.Parse(asked.Body)!["job"]!["id"]!.GetValue<string>()).Order());
    }

    [Fact]
    public async Task AReceiverThatAsksForTime_GetsIt()
    {
        _peer.Answer = _ => 429;
        _peer.Headers["Retry-After"] = "1800";
        Hook();
        End("a", JobState.Finished);
        await _time.UntilAsync(() => Deliveries()[0].Attempts == 1);
        Assert.InRange((Deliveries()[0].DueAt - _time.GetUtcNow()).TotalSeconds, 1790, 1801);
    }

    [Fact]
    public async Task ARedirection_IsNotFollowed()
    {
        _peer.Answer = _ => 302;
        _peer.Headers["Location"] = "/elsewhere";
        var test = (await _sender.TestAsync(_store.Find(Hook())!, default))!;
        Assert.Equal(("failed", 302), (test.State, test.Status));
        Assert.Contains("not followed", test.Error!, StringComparison.Ordinal);
        Assert.Equal(["/"], _peer.All.Select(asked => asked.Path));
    }

    [Fact]
    public async Task ATest_ThatGoesWell_ClosesTheCircuit()
    {
        _peer.Answer = _ => 500;
        var hook = Hook();
        for (var i = 0; i < 3; i++) End($"job-{i}", JobState.Finished);
        await _time.UntilAsync(() => _sender.CircuitOf(hook)?.State == "open", TimeSpan.FromSeconds(1));
        _peer.Answer = _ => 200;
        Assert.Equal("delivered", (await _sender.TestAsync(_store.Find(hook)!, default))!.State);
        Assert.Equal("closed", _sender.CircuitOf(hook)!.State);
        Assert.Equal("test", _peer.All[^1].Headers["X-LoraBridge-Event"]);
    }

    [Fact]
    public async Task TheOutbox_IsBounded()
    {
        await _sender.StopAsync(default);
        Hook(events: ["job.warning"]);
        _jobs.Add([NewJob("a")]);
        for (var i = 0; i < 1005; i++) _jobs.Append("a", "warning", """{"message":"x"}""");
        Assert.Equal((1000, 5L), (_store.Waiting(_store.All()[0].Id), _store.All()[0].Dropped));
        _jobs.Append("a", "warning", $$"""{"message":"{{new string('x', 30_000)}}"}""");
        foreach (var delivery in _store.History(_store.All()[0].Id, most: 300)) _store.Tried(delivery with { State = "delivered", EndedAt = _time.GetUtcNow() });
        Assert.Equal((700, 200), (_store.Waiting(_store.All()[0].Id), _store.History(_store.All()[0].Id, "delivered", most: 1000).Count));
    }

    [Theory]
    [InlineData(1, 5, 10)]
    [InlineData(4, 40, 80)]
    [InlineData(30, 1800, 3600)]
    public void Pause_DoublesWithARandomPart(int attempts, double least, double most)
    {
        var pauses = Enumerable.Range(0, 200).Select(_ => WebhookSender.Pause(attempts, null).TotalSeconds).ToList();
        Assert.All(pauses, pause => Assert.InRange(pause, least, most));
        Assert.True(pauses.Max() - pauses.Min() > 0.3 * least);
        Assert.Equal(3600, WebhookSender.Pause(attempts, TimeSpan.FromDays(9)).TotalSeconds);
    }

    private string Hook(Uri? url = null, string[]? events = null, string? secret = null)
    {
        var hook = new Webhook("hook-1", "mine", (url ?? _peer.Url).AbsoluteUri, events ?? ["job.finished"], secret, true, _time.GetUtcNow(), 0);
        Assert.True(_store.Add(hook));
        return hook.Id;
    }

    private IReadOnlyList<Delivery> Deliveries() => [.. _store.History("hook-1").Where(delivery => delivery.Event != "test")];

    private void End(string id, JobState state, bool open = false)
    {
        if (open) _jobs = JobStore.Open(_folder, _time);
        if (_jobs.Find(id) is null) _jobs.Add([NewJob(id)]);
        _jobs.Change(id, job => job with { State = state });
        if (open) _jobs.Dispose();
    }

    private static Job NewJob(string id) => new() { Id = id, Kind = "test", Name = "a name", Request = "{}" };

    private void Open()
    {
        _jobs = JobStore.Open(_folder, _time);
        (_store, _sender) = Make(_jobs, _time);
        _ = _sender.StartAsync(default);
    }

    private static (WebhookStore Store, WebhookSender Sender) Make(JobStore jobs, TimeProvider time)
    {
        var store = new WebhookStore(jobs.Database, time);
        return (store, new(store, time, NullLogger<WebhookSender>.Instance));
    }

    private async Task CloseAsync()
    {
        await _sender.StopAsync(default);
        _sender.Dispose();
        _jobs.Dispose();
    }
}
