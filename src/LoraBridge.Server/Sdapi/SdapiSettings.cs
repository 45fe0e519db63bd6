using LoraBridge.Server.Safety;

namespace LoraBridge.Server.Sdapi;

/// <summary>What the WebUI's API is told at the start.</summary>
internal sealed record SdapiSettings
{
    /// <summary>Who may use the server; null for everybody.</summary>
    public ApiAuth? Auth { get; init; }

    /// <summary>The web pages' origins that may call it; * for all.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>A pattern of whole origins that may call it too; null for none.</summary>
    public string? CorsPattern { get; init; }

    /// <summary>Whether clients may stop the server.</summary>
    public bool AllowStop { get; init; }

    /// <summary>A checkpoint besides those of the folders, which is used where none is chosen.</summary>
    public string? Model { get; init; }

    /// <summary>A checkpoint that stands behind all others, for where there is none; null for none.</summary>
    public string? LastModel { get; init; }

    /// <summary>The WebUI whose models and styles are used; null for none.</summary>
    public string? WebUiFolder { get; init; }

    /// <summary>Folders of checkpoints besides the usual ones; they come first.</summary>
    public IReadOnlyList<string> CheckpointFolders { get; init; } = [];

    /// <summary>Folders of autoencoders besides the usual ones; they come first.</summary>
    public IReadOnlyList<string> VaeFolders { get; init; } = [];

    /// <summary>Adapter folders; null for those of the data folder and the WebUI. Later ones win names.</summary>
    public IReadOnlyList<string>? LoraFolders { get; init; }

    /// <summary>The folder of embeddings; null for the WebUI's, or else the data folder's.</summary>
    public string? EmbeddingFolder { get; init; }
}
