namespace LoraBridge.Server.Sdapi.Files;

/// <summary>Where the models of a WebUI and of the data folder lie.</summary>
/// <param name="Data">LoraBridge's own folder.</param>
/// <param name="Settings">What the start said.</param>
internal sealed record ModelFolders(DataFolder Data, SdapiSettings Settings)
{
    /// <summary>The WebUI's folder; null for none.</summary>
    public string? WebUi => Settings.WebUiFolder;

    /// <summary>Checkpoints; those of the first folder come first.</summary>
    public IReadOnlyList<string> Checkpoints => [.. Settings.CheckpointFolders, .. OfBoth(Data.Checkpoints, "models", "Stable-diffusion")];

    /// <summary>Autoencoders.</summary>
    public IReadOnlyList<string> Vaes => [.. Settings.VaeFolders, .. OfBoth(Data.Vaes, "models", "VAE")];

    /// <summary>Adapters; later ones win names.</summary>
    public IReadOnlyList<string> Loras => Settings.LoraFolders
        ?? (WebUi is null ? [Data.Loras] : [Data.Loras, Path.Combine(WebUi, "models", "Lora"), Path.Combine(WebUi, "models", "LyCORIS")]);

    /// <summary>Where an adapter is put that prompts shall find: the data folder's, unless others were named instead, of which the last wins names.</summary>
    public string Kept => Loras.Count == 0 || Loras.Contains(Data.Loras) ? Data.Loras : Loras[^1];

    /// <summary>Textual-inversion embeddings.</summary>
    public string Embeddings => Settings.EmbeddingFolder ?? (WebUi is null ? Data.Embeddings : Path.Combine(WebUi, "embeddings"));

    /// <summary>The files of styles, some as patterns with * and ? in their names; what is added is added to the first.</summary>
    public IReadOnlyList<string> Styles => Settings.StyleFiles is [_, ..] given ? given : [Path.Combine(WebUi ?? Data.Path, "styles.csv")];

    /// <summary>Extensions of the WebUI; null for none.</summary>
    public string? Extensions => WebUi is null ? null : Path.Combine(WebUi, "extensions");

    private IReadOnlyList<string> OfBoth(string own, params string[] theirs) => WebUi is null ? [own] : [Path.Combine([WebUi, .. theirs]), own];
}
