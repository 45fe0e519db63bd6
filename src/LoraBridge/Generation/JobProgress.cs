using static TorchSharp.torch;

namespace LoraBridge.Generation;

/// <summary>Counts a job's passes and steps and tells who wants to know.</summary>
/// <param name="listener">Who; null for nobody.</param>
/// <param name="passes">Sampling passes in all.</param>
/// <param name="wanted">Pictures in all.</param>
internal sealed class JobProgress(IProgress<SamplingProgress>? listener, int passes, int wanted)
{
    private SamplingProgress _at = new(0, passes, 0, 0) { Wanted = wanted };
    private bool _hasBegun;

    /// <summary>Paints previews, every so many steps; null for none.</summary>
    public PreviewPainter? Previews { get; init; }

    /// <summary>Begins the next pass.</summary>
    public void BeginPass(int steps)
    {
        _at = _at with { Pass = _at.Pass + (_hasBegun ? 1 : 0), Step = 0, Steps = steps };
        _hasBegun = true;
        listener?.Report(_at);
    }

    /// <summary>A step of the present pass is done.</summary>
    /// <param name="step">How many are.</param>
    /// <param name="denoised">The clean latents that the network saw, (B, 4, h, w).</param>
    public void Step(int step, Tensor denoised)
    {
        _at = _at with { Step = step };
        if (listener is not null) listener.Report(_at with { Preview = Previews?.Paint(step, denoised) });
    }

    /// <summary>A batch is finished, with its pictures; passes that were left out count as done.</summary>
    public void EndBatch(int finished, int passesDone)
    {
        _at = _at with { Pass = passesDone, Step = 0, Steps = _at.Steps, Finished = finished };
        _hasBegun = false;
        if (passesDone == passes) listener?.Report(_at);
    }
}
