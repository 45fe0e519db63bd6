using System.CommandLine;

namespace LoraBridge.Server.Commands;

/// <summary>Where the adapters and embeddings lie that prompts may name.</summary>
internal sealed record AdapterOptions
{
    public static Option<IReadOnlyList<string>> LoraDirOption { get; } = OptionKinds.Several("--lora-dir", "DIR",
        "A folder of LoRA files, subfolders included; may be given several times. Default: loras/ in the data folder, and models/Lora and models/LyCORIS of --webui-dir.", ReadFolder);

    public static Option<string?> EmbeddingsDirOption { get; } = OptionKinds.Parsed<string?>("--embeddings-dir", "DIR",
        "A folder of textual-inversion embeddings. Default: embeddings/ of --webui-dir, or else of the data folder.", () => null, ReadFolder);

    public static Option<string> PlacementOption { get; } = OptionKinds.Parsed("--lora-mode", "NAME",
        "How LoRAs act: auto, merged (into the weights: no cost per step) or live (beside them: no cost to change). Default: auto.", () => "auto", ReadPlacement);

    public static Option<bool> StrictOption { get; } = OptionKinds.Switch("--strict", "Stop when a LoRA cannot be used, and not go on without it.");

    /// <summary>All of them, in the order of the help.</summary>
    public static IReadOnlyList<Option> All { get; } = [LoraDirOption, EmbeddingsDirOption, PlacementOption, StrictOption];

    /// <summary>The folders of adapters, full paths; later ones win names.</summary>
    public required IReadOnlyList<string> LoraFolders { get; init; }

    /// <summary>The folder of embeddings, a full path.</summary>
    public required string EmbeddingFolder { get; init; }

    /// <summary>Reads them from a command line that parsed without errors.</summary>
    public static AdapterOptions From(ParseResult parsed, SharedOptions shared, DataFolder data)
    {
        var given = parsed.GetValue(LoraDirOption) ?? [];
        return new()
        {
            LoraFolders = given.Count > 0 ? given
                : shared.WebUi is { } webUi ? [data.Loras, Path.Combine(webUi, "models", "Lora"), Path.Combine(webUi, "models", "LyCORIS")]
                : [data.Loras],
            EmbeddingFolder = parsed.GetValue(EmbeddingsDirOption) ?? (shared.WebUi is { } other ? Path.Combine(other, "embeddings") : data.Embeddings),
        };
    }

    private static string ReadFolder(string text) =>
        Directory.Exists(text) ? Path.GetFullPath(text) : throw new FormatException($"there is no folder '{text}'. Give the one that holds the files");

    private static string ReadPlacement(string text) =>
        text is "auto" or "merged" or "live" ? text : throw new FormatException($"'{text}' is no mode. Give auto, merged or live");
}
