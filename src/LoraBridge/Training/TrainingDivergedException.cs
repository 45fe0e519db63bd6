namespace LoraBridge.Training;

/// <summary>The loss became no number again and again, at lower and lower rates.</summary>
public sealed class TrainingDivergedException : Exception
{
    internal TrainingDivergedException(long step, string lastGood)
        : base($"At step {step} the loss is no number, for the fourth time, though the learning rate was halved each time. Lower the learning rate, or compute in bf16 or float32 instead of fp16; the last good state is {lastGood}.") => Step = step;

    /// <summary>The step.</summary>
    public long Step { get; }
}
