using LoraBridge.Training.Objective;
using LoraBridge.Training.Optimizers;
using static TorchSharp.torch;

namespace LoraBridge.Training.Loop;

/// <summary>What one step came to.</summary>
/// <param name="Loss">The mean loss of its pictures.</param>
/// <param name="Outcome">What became of its gradients.</param>
/// <param name="Pictures">Its pictures.</param>
/// <param name="ByTimestep">The mean loss of each band of timesteps that one of its pictures was trained in.</param>
internal readonly record struct StepTaken(double Loss, GradientOutcome Outcome, int Pictures, IReadOnlyList<TimestepLoss> ByTimestep);

/// <summary>Takes one optimizer step: batches, draws, losses, gradients, and the move.</summary>
internal sealed class StepTaker
{
    private readonly TrainingSession _session;
    private readonly StepOrder _order;
    private readonly GradientStep _gradients;

    public StepTaker(TrainingSession session)
    {
        _session = session;
        _order = new(session.Plan, session.Options.Loop.GradientAccumulation);
        _gradients = new(session.Optimizer, session.Scaler, session.Options.Optimizer.MaxGradNorm);
        Rows = session.Options.Loop.BatchSize;
    }

    /// <summary>How many pictures go through the networks at a time; fewer than a batch once memory did not suffice.</summary>
    public int Rows { get; set; }

    /// <summary>Takes a step; where memory does not suffice, with fewer pictures at a time.</summary>
    /// <param name="step">Which, from 0.</param>
    /// <param name="rateFactor">A factor on the learning rates, besides the schedule's.</param>
    public StepTaken Take(long step, double rateFactor)
    {
        while (true)
        {
            try
            {
                return Try(step, rateFactor);
            }
            catch (Exception error) when (OutOfMemory.Is(error) && Rows > 1 && _session.Options.Precision.AutoFit)
            {
                _session.Optimizer.ZeroGradients();
                LoraBridge.Torch.TorchExtras.ReleaseCachedMemory();
                Rows = (Rows + 1) / 2;
                _session.Warn($"Memory did not suffice for so many pictures at once: from step {step + 1} on {Rows} go through the networks at a time, and their gradients are added.");
            }
        }
    }

    private StepTaken Try(long step, double rateFactor)
    {
        using var threads = LoraBridge.Torch.ComputeThreads.Begin();
        using var scope = NewDisposeScope();
        var epoch = _order.EpochOf(step);
        _session.Optimizer.ScaleLearningRates(_session.Rates.Factor((int)step) * rateFactor);
        var planned = _order.BatchesOf(step).Select(batch => _session.Batches.At(batch).Batch).ToList();
        var total = planned.Sum(batch => batch.Samples.Count);
        var (sum, samples) = (0.0, new List<(long Timestep, double Loss)>(total));
        foreach (var (micro, batch) in planned.Index())
        {
            using var microScope = NewDisposeScope();
            var place = new DrawPlace(_session.Seed, step, micro);
            var whole = _session.Source.Load(batch, epoch, place);
            var draws = StepDraws.Of(whole.Latents, _session.Timesteps, _session.Noise, place);
            for (var first = 0; first < whole.Count; first += Rows)
            {
                using var rowScope = NewDisposeScope();
                var count = Math.Min(Rows, whole.Count - first);
                _session.Network.Place = place with { MicroStep = (micro * 4096) + first };
                var loss = _session.Prediction.Loss(whole.Slice(first, count), draws.Slice(first, count), place);
                _gradients.Accumulate(loss.Loss, (double)count / total);
                var figures = cat([loss.Loss.detach().reshape(1).to(float32), loss.PerSample.to(float32)]).cpu().data<float>().ToArray();     // (1 + B), the one wait for the device
                sum += (double)figures[0] * count;
                samples.AddRange(draws.Timesteps.Skip(first).Take(count).Zip(figures.Skip(1), (timestep, value) => (timestep, (double)value)));
            }
        }
        var outcome = _gradients.Apply();
        _session.Network.Place = null;
        if (outcome.IsApplied)
        {
            _session.Network.Changed();
            _session.Network.LimitNorms();
            _session.Average?.Update();
        }
        return new(sum / total, outcome, total, TimestepBands.Of(samples, _session.Options.Validation.Timesteps));
    }
}
