using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraBridge.Checkpoints.Naming;
using LoraBridge.Files;
using LoraBridge.Lora.Catalog;
using LoraBridge.Server.Errors;

namespace LoraBridge.Server.Adapters;

/// <summary>What a user notes beside an adapter, as the WebUI's card editor has it.</summary>
internal sealed record AdapterCard
{
    private const int MostText = 100_000;

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, IndentSize = 4, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string[] s_versions = ["", "Unknown", "SD1", "SD2", "SDXL"];

    /// <summary>What it is.</summary>
    public string Description { get; init; } = "";

    /// <summary>The family of models in the WebUI's words: SD1, SD2, SDXL, or empty for unknown.</summary>
    public string SdVersion { get; init; } = "";

    /// <summary>Words for the prompt that bring it out.</summary>
    public string ActivationText { get; init; } = "";

    /// <summary>The weight to begin with; null for none, which the WebUI writes as 0.</summary>
    public double? PreferredWeight { get; init; }

    /// <summary>Words for the negative prompt.</summary>
    public string NegativeText { get; init; } = "";

    /// <summary>Anything else.</summary>
    public string Notes { get; init; } = "";

    /// <summary>Why the notes cannot be read; null when they can. It is not written.</summary>
    public string? Problem { get; init; }

    public static AdapterCard Of(SideCard card) => new()
    {
        Description = card.Description,
        SdVersion = card.Family switch
        {
            ModelFamily.StableDiffusion1 => "SD1",
            ModelFamily.StableDiffusion2 => "SD2",
            ModelFamily.StableDiffusionXL => "SDXL",
            _ => "",
        },
        ActivationText = card.ActivationText,
        PreferredWeight = card.PreferredWeight,
        NegativeText = card.NegativeText,
        Notes = card.Notes,
        Problem = card.Problem,
    };

    /// <summary>Refuses what a card cannot hold.</summary>
    /// <exception cref="RequestException">A field has a value that it cannot have.</exception>
    public void Check()
    {
        if (!s_versions.Contains(SdVersion)) throw RequestException.Invalid("sdVersion", "It is no version that the WebUI knows.", "Say SD1, SD2, SDXL, or nothing.");
        if (PreferredWeight is { } weight && !(Math.Abs(weight) <= 100)) throw RequestException.Invalid("preferredWeight", "It is no weight.", "Give a number between -100 and 100, 1 for full strength.");
        foreach (var (field, text) in new[] { ("description", Description), ("activationText", ActivationText), ("negativeText", NegativeText), ("notes", Notes) })
        {
            if (text is null || text.Length > MostText || text.Contains('\0', StringComparison.Ordinal))
                throw RequestException.Invalid(field, $"It is no text of up to {MostText:N0} characters.", "Send a shorter text.");
        }
    }

    /// <summary>Writes it beside an adapter; what other programs wrote into the same file stays there.</summary>
    /// <param name="path">The card's file.</param>
    /// <exception cref="RequestException">There is a file that is no card.</exception>
    public void Write(string path)
    {
        var card = Existing(path);
        card["description"] = Description;
        card["sd version"] = SdVersion.Length == 0 ? "Unknown" : SdVersion;
        card["activation text"] = ActivationText;
        card["preferred weight"] = PreferredWeight ?? 0;
        card["negative text"] = NegativeText;
        card["notes"] = Notes;
        AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(card, s_json));
    }

    private static JsonObject Existing(string path)
    {
        if (!File.Exists(path)) return [];
        try
        {
            var lenient = new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };
            var text = File.ReadAllText(path);
            if (string.IsNullOrWhiteSpace(text)) return [];
            if (JsonNode.Parse(text, documentOptions: lenient) is JsonObject card && card.Count >= 0) return card;   // counting finds a key that stands twice
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            // said below
        }
        throw RequestException.Conflict("card", $"{Path.GetFileName(path)} is there and is no card.", "Correct or delete that file first; it is not overwritten.");
    }
}
