namespace LoraBridge.Lora.Tools;

/// <summary>How far a tool is.</summary>
/// <param name="Done">Layers that are done.</param>
/// <param name="Total">All layers.</param>
/// <param name="Layer">The layer that was done last.</param>
public readonly record struct ToolProgress(int Done, int Total, string Layer)
{
    /// <summary>0 to 1.</summary>
    public double Fraction => Total == 0 ? 1 : (double)Done / Total;
}
