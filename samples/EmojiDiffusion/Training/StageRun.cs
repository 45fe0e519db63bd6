using LoraBridge.Training.Logging;
using LoraBridge.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace EmojiDiffusion.Training;

/// <summary>
/// The loop that all stages share: a loss becomes a step, parameters are averaged, states are saved so that a run can be killed at any
/// time, progress is told. What chance decides is a function of the step, so a state holds no generators.
/// </summary>
internal sealed class StageRun : IDisposable
{
    private const double AverageDecay = 0.999, MaxGradientNorm = 1, WeightDecay = 0.01, SlowRate = 0.2;
    private const string Model = "model.", Optimizer = "optimizer.", Average = "average.", StepName = "step";

    private readonly string _name;
    private readonly StageOptions _options;
    private readonly IReadOnlyList<TrainingPhase> _phases;
    private readonly IReadOnlyList<NamedParameter> _parameters;
    private readonly AdamW _optimizer;
    private readonly GradientStep _gradients;
    private readonly ParameterAverage _average;
    private readonly TextWriter _log;

    /// <summary>Makes the optimizer and, if asked to, goes on from the saved state.</summary>
    /// <param name="name">The stage's name, in messages and of its state's file.</param>
    /// <param name="parameters">What is trained.</param>
    /// <param name="phases">The steps.</param>
    /// <param name="options">Where and how.</param>
    /// <param name="log">Told of progress.</param>
    /// <param name="slow">What is trained too, with a fifth of the learning rate, because it knows something already.</param>
    /// <exception cref="IOException">There is a state and nobody asked to go on from it.</exception>
    /// <exception cref="InvalidDataException">The state is of other networks.</exception>
    public StageRun(string name, IReadOnlyList<NamedParameter> parameters, IReadOnlyList<TrainingPhase> phases, StageOptions options, TextWriter log, IReadOnlyList<NamedParameter>? slow = null)
    {
        (_name, _parameters, _phases, _options, _log) = (name, [.. parameters, .. slow ?? []], phases, options, log);
        Directory.CreateDirectory(options.Folder);
        if (File.Exists(StatePath) && !options.Resume) throw new IOException($"{StatePath} is the state of an earlier run: go on with --resume, or delete it.");
        foreach (var parameter in _parameters) parameter.Tensor.requires_grad = true;
        ParameterGroup fast = new(name, parameters, phases[0].Rate, WeightDecay);
        _optimizer = new(slow is null ? [fast] : [fast, new(name + " slow", slow, phases[0].Rate * SlowRate, WeightDecay)], beta2: 0.99);
        _gradients = new(_optimizer, new(enabled: false), MaxGradientNorm);
        _average = new(_parameters, AverageDecay);
        if (options.Resume && File.Exists(StatePath)) Load();
    }

    /// <summary>Steps done.</summary>
    public long Step { get; private set; }

    /// <summary>Steps in all.</summary>
    public long Steps => _phases.Sum(phase => phase.Steps);

    private string StatePath => Path.Combine(_options.Folder, $"{_name}.state.safetensors");

    /// <summary>Adds a loss's gradients to those of a step.</summary>
    /// <param name="loss">Gives the loss of a step's batch, a scalar, or its part of it. May be called on several threads for networks of their own.</param>
    /// <returns>The loss.</returns>
    public double Backward(Func<Tensor> loss)
    {
        using var scope = NewDisposeScope();
        var value = loss();
        _gradients.Accumulate(value);
        return value.ToDouble();
    }

    /// <summary>Takes the steps that are left.</summary>
    /// <param name="gradients">Leaves a step's gradients in the parameters, by <see cref="Backward"/>, and gives its loss.</param>
    /// <param name="show">Looks at the result so far; the averaged parameters are in the networks then.</param>
    /// <param name="cancel">Ends the run after the current step.</param>
    /// <returns>Whether the end was reached.</returns>
    public bool Run(Func<long, TrainingPhase, double> gradients, Action<long> show, CancellationToken cancel)
    {
        if (Step >= Steps)
        {
            _log.WriteLine($"{_name}: all {Steps} steps are done");
            return true;
        }
        var (rate, mean) = (new StepRate(), double.NaN);
        var (told, saved, shown) = (DateTime.UtcNow, DateTime.UtcNow, DateTime.UtcNow);
        while (Step < Steps && !cancel.IsCancellationRequested)
        {
            var (phase, place) = TrainingPhase.At(_phases, Step);
            var value = Take(gradients, phase, place);
            mean = double.IsNaN(mean) ? value : (0.98 * mean) + (0.02 * value);
            Step++;
            rate.Step(phase.Batch);

            var now = DateTime.UtcNow;
            if (now - told >= _options.TellEvery || Step == Steps)
            {
                told = now;
                _log.WriteLine($"{_name} {Step}/{Steps} ({100.0 * Step / Steps:0.0} %)  loss {mean:0.00000}  rate {phase.RateAt(place):0.00e0}  {rate.SecondsPerStep:0.00} s a step of {phase.Batch} ({phase.Size} px)  {rate.PicturesPerSecond:0.0} pictures/s  left {Left(rate.SecondsPerStep ?? 0):d\\.hh\\:mm\\:ss}");
            }
            if (now - saved >= _options.SaveEvery)
            {
                saved = now;
                Save();
                rate.Skip();
            }
            if (now - shown >= _options.ShowEvery)
            {
                Show(show);
                rate.Skip();
                shown = DateTime.UtcNow;
            }
        }
        // in this order: a run that is killed meanwhile goes on from the last state and shows its result again
        Show(show);
        Save();
        return Step >= Steps;
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _average.Dispose();
    }

    private double Take(Func<long, TrainingPhase, double> gradients, TrainingPhase phase, long place)
    {
        var loss = gradients(Step, phase);
        _optimizer.ScaleLearningRates(phase.RateAt(place) / _phases[0].Rate);
        if (_gradients.Apply().IsApplied) _average.Update();
        return loss;
    }

    // pictures of later phases take longer in proportion to their pixels
    private TimeSpan Left(double secondsPerStep)
    {
        var (current, place) = TrainingPhase.At(_phases, Step - 1);
        var cost = secondsPerStep / ((double)current.Batch * current.Size * current.Size);
        var later = _phases.SkipWhile(phase => phase != current).Skip(1).Sum(phase => (double)phase.Steps * phase.Batch * phase.Size * phase.Size);
        return TimeSpan.FromSeconds(cost * (later + ((current.Steps - place - 1) * (double)current.Batch * current.Size * current.Size)));
    }

    private void Show(Action<long> show)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var averaged = _average.BeginEvaluation();
        show(Step);
    }

    private void Save()
    {
        using var state = new SavedState();
        foreach (var parameter in _parameters) state.Add(Model + parameter.Name, parameter.Tensor);
        using (var optimizer = _optimizer.State()) state.Add(Optimizer, optimizer);
        using (var average = _average.State()) state.Add(Average, average);
        state.Add(StepName, Step);
        state.Write(StatePath);
    }

    private void Load()
    {
        using var state = SavedState.Read(StatePath);
        foreach (var parameter in _parameters) state.CopyTo(Model + parameter.Name, parameter.Tensor);
        using (var optimizer = state.Part(Optimizer)) _optimizer.Load(optimizer);
        using (var average = state.Part(Average)) _average.Load(average);
        Step = (long)state.Scalar(StepName);
        _log.WriteLine($"{_name}: going on from step {Step} of {Steps}");
    }
}
