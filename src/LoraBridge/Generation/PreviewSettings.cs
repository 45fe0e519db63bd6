namespace LoraBridge.Generation;

/// <summary>Pictures of the unfinished pictures, sent with the progress.</summary>
public sealed record PreviewSettings
{
    /// <summary>After how many steps there is a new one, at least 1.</summary>
    public int EverySteps { get; init; } = 10;

    /// <summary>How they are made.</summary>
    public PreviewKind Kind { get; init; }
}

/// <summary>How an unfinished picture is shown.</summary>
public enum PreviewKind
{
    /// <summary>Each latent cell as a colour, by a linear map fitted to the autoencoder: takes next to no time, shows no detail.</summary>
    Approximate,

    /// <summary>Decoded like a finished picture.</summary>
    Full,
}
