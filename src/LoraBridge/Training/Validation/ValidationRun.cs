using LoraBridge.Training.Loop;
using LoraBridge.Training.Objective;
using LoraBridge.Training.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Training.Validation;

/// <summary>What pictures that are not trained say of an adapter.</summary>
/// <param name="Loss">The mean over pictures and timesteps of the plain squared error.</param>
/// <param name="ByTimestep">The same for each timestep, in the order of the settings.</param>
/// <param name="Drift">By how much of their own size predictions for neutral prompts have moved away from the base model's.</param>
public sealed record ValidationResult(double Loss, IReadOnlyList<TimestepLoss> ByTimestep, double Drift);

/// <summary>Measures the loss on pictures set aside, every time with the same noise at the same timesteps, so that numbers can be compared.</summary>
/// <param name="batches">The pictures set aside, in batches; each call makes them anew.</param>
/// <param name="prediction">The networks with the adapter.</param>
/// <param name="drift">What neutral prompts tell.</param>
/// <param name="options">At which timesteps.</param>
/// <param name="seed">What decides the noise.</param>
internal sealed class ValidationRun(
    IReadOnlyList<Func<TrainingBatch>> batches, NoisePrediction prediction, NeutralDrift drift, ValidationOptions options, long seed)
{
    private readonly TrainingNoise _noise = new(new());

    /// <summary>Measures the adapter as it is.</summary>
    /// <param name="between">Called before every batch.</param>
    /// <param name="stop">Asked before every timestep.</param>
    public ValidationResult Measure(Action between, CancellationToken stop)
    {
        using var frozen = no_grad();
        var sums = new double[options.Timesteps.Count];
        var count = 0;
        foreach (var (number, load) in batches.Take(options.MaximumBatches ?? int.MaxValue).Index())
        {
            between();
            using var scope = NewDisposeScope();
            var batch = load();
            count += batch.Count;
            foreach (var (i, timestep) in options.Timesteps.Index())
            {
                stop.ThrowIfCancellationRequested();
                var place = new DrawPlace(seed, timestep, number);
                var (noise, _) = _noise.Draw(batch.Latents, place);
                var draws = new StepDraws([.. Enumerable.Repeat((long)timestep, batch.Count)], noise, noise);
                sums[i] += prediction.Loss(batch, draws, place).PerSample.sum().ToDouble();
            }
        }
        var means = sums.Select(sum => sum / count).ToList();
        return new(means.Average(), [.. options.Timesteps.Zip(means, (timestep, loss) => new TimestepLoss(timestep, loss))], drift.Measure());
    }
}

/// <summary>How far predictions for prompts that have nothing to do with the training data are from the base model's: what an adapter breaks besides what it learns.</summary>
internal sealed class NeutralDrift : IDisposable
{
    private static readonly string[] s_prompts = ["", "a photo", "a landscape with trees", "a portrait of a person"];

    private readonly Func<IReadOnlyList<string>, Tensor, Tensor, Tensor> _predict;
    private readonly Tensor _latents, _timesteps, _base;

    /// <summary>Remembers what the base model says; made before an adapter is on it.</summary>
    /// <param name="predict">(prompts, latents (B, 4, h, w), timesteps (B)) -> prediction (B, 4, h, w), float32.</param>
    /// <param name="device">Where.</param>
    /// <param name="seed">What decides the noise.</param>
    public NeutralDrift(Func<IReadOnlyList<string>, Tensor, Tensor, Tensor> predict, Device device, long seed)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        _predict = predict;
        var like = zeros([s_prompts.Length, 4, 16, 16], dtype: float32, device: device);
        _latents = new TrainingNoise(new()).Draw(like, new(seed, 0, 0)).Noise.DetachFromDisposeScope();
        _timesteps = tensor([.. s_prompts.Select((_, i) => 200L * (i + 1))], device: device).DetachFromDisposeScope();
        _base = predict(s_prompts, _latents, _timesteps).DetachFromDisposeScope();
    }

    /// <summary>The change, relative to the base model's prediction.</summary>
    public double Measure()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        return (_predict(s_prompts, _latents, _timesteps) - _base).norm().ToDouble() / _base.norm().ToDouble();
    }

    public void Dispose()
    {
        _latents.Dispose();
        _timesteps.Dispose();
        _base.Dispose();
    }
}
