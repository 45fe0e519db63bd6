namespace LoraBridge.Generation;

/// <summary>A second checkpoint that draws the end of a picture.</summary>
/// <param name="ModelPath">Its path.</param>
/// <param name="SwitchAt">The part of the noise's way, 0 to 1, after which it takes over: at the first call whose timestep is below 1000 times the rest.</param>
public sealed record RefinerSettings(string ModelPath, double SwitchAt = 0.8);
