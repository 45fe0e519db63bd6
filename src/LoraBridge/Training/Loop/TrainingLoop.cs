using LoraBridge.Training.Logging;
using LoraBridge.Training.Optimizers;
using LoraBridge.Training.Settings;
using LoraBridge.Training.Validation;
using static TorchSharp.torch;

namespace LoraBridge.Training.Loop;

/// <summary>Takes the steps of a run, and between them saves, validates, draws samples and decides whether to end.</summary>
internal sealed class TrainingLoop : IDisposable
{
    private readonly TrainingSession _session;
    private readonly StepOrder _order;
    private readonly StepTaker _steps;
    private readonly LossGuard _guard = new();
    private readonly RunSaver _saver;
    private readonly RunJournal _journal;
    private readonly StepRate _rate;
    private readonly EarlyStop _early;
    private RunningLoss _loss = new();

    public TrainingLoop(TrainingSession session)
    {
        _session = session;
        _order = new(session.Plan, session.Options.Loop.GradientAccumulation);
        _steps = new(session);
        _journal = new(session, session.Resumed?.Step);
        _saver = new(session, _journal);
        _rate = new(session.Host.Time);
        _early = new(session.Options.EarlyStop);
    }

    /// <summary>Takes the steps that are left.</summary>
    public TrainingResult Run()
    {
        _session.Warned += _journal.Warned;
        var (step, steps) = (Restore(), (long)_session.Plan.Steps);
        // a run that was killed before its first step has been here
        if (_session.Resumed is null) Between(0, isFirst: true);
        _saver.Insist("What the run goes on from", () => _saver.WriteState(State(step)));      // where the guard goes back to

        var isStopped = false;
        while (step < steps && !_early.IsOver && !_session.Host.Finish.IsCancellationRequested)
        {
            if (_session.ServeGuests()) _rate.Skip();
            if (_session.Host.Stop.IsCancellationRequested)
            {
                isStopped = true;
                break;
            }
            var taken = _steps.Take(step, _guard.RateFactor);
            _rate.Step(taken.Pictures);
            switch (_guard.After(taken.Outcome.IsApplied, _session.Scaler.IsEnabled))
            {
                case GuardVerdict.Stop:
                    throw new TrainingDivergedException(step + 1, _session.Names.Resume);
                case GuardVerdict.RollBack:
                    step = RollBack(step);
                    continue;
            }
            step++;
            Report(step, taken);
            Between(step, isFirst: false);
        }
        return isStopped ? Stopped(step) : Finish(step);
    }

    /// <summary>Closes what is written to; the session belongs to its owner.</summary>
    public void Dispose() => _journal.Dispose();

    /// <summary>What is due after a step.</summary>
    private void Between(long step, bool isFirst)
    {
        var (options, endsEpoch) = (_session.Options, !isFirst && _order.EndsEpoch(step - 1));
        var epoch = isFirst ? 0 : _order.EpochOf(step - 1) + 1;
        var isLast = step == _session.Plan.Steps;
        if (isFirst ? options.Samples.AtFirst : Due(options.Samples.EverySteps, step, options.Samples.EveryEpochs, epoch, endsEpoch)) Evaluate(() => _saver.Spare($"The samples of step {step}", () => _saver.DrawSamples(step)));
        if (isFirst)
        {
            if (_session.Validation is not null) Evaluate(() => Measure(0));    // what is to be beaten
            return;
        }

        var everyEpochs = options.Validation is { EverySteps: null, EveryEpochs: null } ? 1 : options.Validation.EveryEpochs;
        if (_session.Validation is not null && (isLast || Due(options.Validation.EverySteps, step, everyEpochs, epoch, endsEpoch))) Evaluate(() => Validate(step));
        if (options.EarlyStop is { Patience: not null, Metric: StopMetric.TrainingLoss } && endsEpoch) Look(step, Smoothed);
        if (isLast) return;

        var bySteps = options.Saving.EverySteps is { } n && step % n == 0;
        var byEpochs = endsEpoch && (EpochsBetweenSaves() is { } m && epoch % m == 0);
        if (!bySteps && !byEpochs) return;
        Evaluate(() => _saver.Spare($"The checkpoint of step {step}", () => _saver.SaveCheckpoint(step, epoch, byEpochs)));
        _saver.Spare($"The state of step {step}", () => _saver.WriteCheckpointState(State(step), step, epoch, byEpochs));
    }

    private int? EpochsBetweenSaves() => _session.Options.Saving.EveryEpochs
        ?? (_session.Options.Saving.EpochRatio is { } ratio ? Math.Max(1, _session.Plan.Epochs / ratio) : null);

    private static bool Due(int? everySteps, long step, int? everyEpochs, int epoch, bool endsEpoch) =>
        (everySteps is { } n && step % n == 0) || (endsEpoch && everyEpochs is { } m && epoch % m == 0);

    private ValidationResult Measure(long step)
    {
        var result = _session.Validation!.Measure(() => _session.ServeGuests(), CancellationToken.None);
        _session.Tell(new TrainingValidated(step, result));
        _journal.Validated(step, result);
        return result;
    }

    private void Validate(long step)
    {
        var result = Measure(step);
        if (_early.Overfits(result.Loss, Smoothed) is { } words) _session.Warn(words);
        if (_session.Options.EarlyStop.Metric == StopMetric.ValidationLoss) Look(step, result.Loss);
    }

    private void Look(long step, double value)
    {
        if (_early.Look(value)) _saver.Spare("The best adapter so far", () => _saver.KeepBest(step, _order.EpochOf(step - 1) + 1));
    }

    private double Smoothed => _loss.Value ?? double.NaN;

    /// <summary>Does something with the values that are saved and shown: averaged where they are, and nothing dropped.</summary>
    private void Evaluate(Action action)
    {
        using var frozen = no_grad();
        using var values = _session.Optimizer.BeginEvaluation();
        using var average = _session.Average?.BeginEvaluation();
        _session.Network.Place = null;
        _session.IsEvaluating = true;
        try
        {
            action();
        }
        finally
        {
            _session.IsEvaluating = false;
        }
        _rate.Skip();                                                           // pauses say nothing about the steps' speed
    }

    private void Report(long step, StepTaken taken)
    {
        var done = new TrainingStepDone(step, _session.Plan.Steps, _order.EpochOf(step - 1) + 1, _session.Plan.Epochs, taken.Loss, _loss.Add(taken.Loss),
            _session.Optimizer.EffectiveLearningRate(_session.Optimizer.Groups[0]), _rate.PicturesPerSecond ?? 0, _rate.Left(_session.Plan.Steps - step) ?? TimeSpan.Zero,
            PeakMemory.Bytes(_session.Model.Device))
        { ByTimestep = taken.ByTimestep };
        _session.Tell(done);
        _journal.Stepped(done, taken.Outcome.GradientNorm);
    }

    private long RollBack(long step)
    {
        // the guard itself keeps what it learned
        using var state = RunState.Read(_session.Names.Resume);
        _session.Load(state.Parts);
        _session.Network.Changed();
        RestoreLoss(state);
        _journal.RolledBack(state.Step);
        _session.Warn($"The gradients became no numbers for several steps in a row before step {step + 1}: the run went back to step {state.Step} and goes on at {_guard.RateFactor:0.###} of the learning rate.");
        return state.Step;
    }

    private TrainingResult Stopped(long step)
    {
        // the state first: it is what the run goes on from
        _saver.Insist("What the run goes on from", () => _saver.WriteState(State(step)));
        Evaluate(() => _saver.Spare($"The checkpoint of step {step}", () => _saver.SaveCheckpoint(step, _order.EpochOf(Math.Max(0, step - 1)) + 1, isEpoch: false)));
        _journal.Ended(step, isComplete: false, "");
        return new(_session.Names.AfterStep(step), step, IsComplete: false, Smoothed, null, _session.Warnings);
    }

    private TrainingResult Finish(long step)
    {
        if (_early.IsOver) _session.Warn($"The run ended early, after step {step} of {_session.Plan.Steps}: {_session.Options.EarlyStop.Patience} looks brought nothing better.");
        _saver.Spare("The state of the end", () => _saver.WriteState(State(step), besides: _session.Options.Saving.StateAtEnd ? _session.Names.Final : null));
        Result.AdapterProof? proof = null;
        Evaluate(() => _saver.Insist("The adapter", () => proof = _saver.SaveFinal(step, _order.EpochOf(Math.Max(0, step - 1)) + 1, takeBest: _session.Options.EarlyStop is { Patience: not null, RollBack: true })));
        if (proof is { IsSound: false }) _session.Warn(proof.Sentence);
        var heldOut = HeldOutLoss.Of(_journal.Entries);
        if (heldOut is { HasLearned: false }) _session.Warn(heldOut.Sentence);
        _journal.Ended(step, isComplete: true, heldOut is null ? proof!.Sentence : $"{proof!.Sentence} {heldOut.Sentence}");
        return new(_session.Names.Final, step, IsComplete: true, Smoothed, proof, _session.Warnings) { HeldOut = heldOut };
    }

    private RunState State(long step)
    {
        var parts = new SavedState();
        parts.Add("network.", _session.Network.State());
        parts.Add("optimizer.", _session.Optimizer.State());
        parts.Add("scaler.", _session.Scaler.State());
        parts.Add("guard.", _guard.State());
        if (_session.Average is { } average) parts.Add("average.", average.State());
        parts.Add("loop.loss_sum", _loss.State.Sum);
        parts.Add("loop.loss_weight", _loss.State.Weight);
        parts.Add("loop.rows", _steps.Rows);
        return new(step, _session.Started.ToUnixTimeMilliseconds(), _early.Best, _early.Looks, parts);
    }

    private long Restore()
    {
        if (_session.Resumed is not { } state) return 0;
        using (var part = state.Parts.Part("guard.")) _guard.Load(part);
        RestoreLoss(state);
        _steps.Rows = (int)state.Parts.Scalar("loop.rows");
        _early.Load(state.Best, state.Patience);
        _saver.RememberCheckpoints(state.Step, _session.Plan.StepsPerEpoch);
        return state.Step;
    }

    private void RestoreLoss(RunState state) =>
        _loss = new(state: new(state.Parts.Scalar("loop.loss_sum"), state.Parts.Scalar("loop.loss_weight")));
}
