using LoraBridge.Training.Settings;

namespace LoraBridge.Training.Loop;

/// <summary>Which batches make up which optimizer step: a pure function, so that a resumed run finds its place by the step's number alone.</summary>
/// <param name="plan">The run's numbers.</param>
/// <param name="accumulation">Batches of a step; the last step of an epoch may have fewer.</param>
internal sealed class StepOrder(StepPlan plan, int accumulation)
{
    /// <summary>The epoch of a step, both from 0.</summary>
    public int EpochOf(long step) => (int)(step / plan.StepsPerEpoch);

    /// <summary>Whether an epoch ends with a step.</summary>
    public bool EndsEpoch(long step) => (step + 1) % plan.StepsPerEpoch == 0;

    /// <summary>The batches of a step, counted over all epochs from 0.</summary>
    public IEnumerable<long> BatchesOf(long step)
    {
        var (epoch, place) = Math.DivRem(step, plan.StepsPerEpoch);
        var first = place * accumulation;
        for (var batch = first; batch < Math.Min(first + accumulation, plan.BatchesPerEpoch); batch++) yield return (epoch * plan.BatchesPerEpoch) + batch;
    }
}
