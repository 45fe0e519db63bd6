using LoraBridge.Generation;
using LoraBridge.Training.Network;

namespace LoraBridge.Training.Loop;

/// <summary>What a run does for others: it makes room for them, and lets prompts name what it trains.</summary>
internal static class RunSharing
{
    /// <summary>Makes room for others who wait; what is trained is off the layers meanwhile, and comes back as it was.</summary>
    /// <param name="host">Who they are.</param>
    /// <param name="network">What is trained; null before there is any.</param>
    /// <param name="merged">What is merged into the model for the run; null for nothing.</param>
    /// <returns>Whether there were any, so that time passed which is not the run's.</returns>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public static bool ServeGuests(TrainerHost host, TrainableNetwork? network, MergedAdapters? merged)
    {
        host.Cancel.ThrowIfCancellationRequested();
        if (host.Guests is not { } guests || !guests.AreWaiting()) return false;
        using var rest = network?.Rest();
        using var plain = merged?.Rest();
        try
        {
            guests.Serve();
        }
        finally
        {
            host.Models?.LeaveModels();
        }
        return true;
    }

    /// <summary>Lets prompts name what is trained, until the results are disposed.</summary>
    public static IReadOnlyList<IDisposable> Announce(TrainingSession session)
    {
        if (session.Host.Live is not { } table) return [];
        var live = new LiveLora(() => session.Network.Changes, layers =>
        {
            // what a file written now would hold
            using var values = session.IsEvaluating ? null : session.Optimizer.BeginEvaluation();
            using var average = session.IsEvaluating ? null : session.Average?.BeginEvaluation();
            return session.Network.ToFile(device: layers.Device);
        });
        return [.. session.Host.LiveNames.Append(session.Options.Saving.EffectiveName).Distinct(StringComparer.Ordinal).Select(name => table.Add(name, live))];
    }
}
