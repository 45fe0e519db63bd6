using LoraBridge.Server.Engine;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Training.Settings;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoraBridge.Server.Tests.Engine;

public sealed class EngineRoomTests
{
    [Fact]
    public async Task CallsThatEndBadly_GiveTheirRoomBack()
    {
        await using var process = new EngineProcess(EngineFixture.Settings, TimeProvider.System, NullLogger<EngineProcess>.Instance);
        var (made, given) = (new List<EngineCall>(), 0);
        var client = new EngineClient(process)
        {
            MakeRoomAsync = (call, _) =>
            {
                made.Add(call);
                return Task.FromResult<IDisposable?>(new Room(() => given++));
            },
        };
        using var over = new CancellationTokenSource();
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GenerateAsync(new(EngineFixture.Request()), cancel: over.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in client.TrainAsync(new(new TrainingOptions()), over.Token))
            {
                // it ends before there is anything to hear
            }
        });
        Assert.Equal([typeof(GenerateCall), typeof(TrainCall)], made.Select(call => call.GetType()));
        Assert.Equal(2, given);
    }

    private sealed class Room(Action leave) : IDisposable
    {
        public void Dispose() => leave();
    }
}
