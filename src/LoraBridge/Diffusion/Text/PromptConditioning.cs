namespace LoraBridge.Diffusion.Text;

/// <summary>What guides a picture: its prompt and its negative prompt, encoded.</summary>
/// <param name="Positive">Towards this.</param>
/// <param name="Negative">Away from this.</param>
public sealed record PromptConditioning(ComposedConditioning Positive, ScheduledConditioning Negative) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Positive.Dispose();
        Negative.Dispose();
    }
}
