using System.Globalization;
using System.Text;
using System.Text.Json;
using LoraBridge.Checkpoints.Naming;

namespace LoraBridge.Lora.Catalog;

/// <summary>Reads the notes beside an adapter; broken ones are said to be so and never stop anything.</summary>
internal static class SideCardReader
{
    /// <summary>Notes are written by hand: a longer file is something else.</summary>
    public const long MaxLength = 1 << 20;

    private static readonly JsonDocumentOptions s_lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>Reads the side files that a walk found; when one could not be opened it is worth trying again later.</summary>
    public static (SideCard Card, bool TryAgain) Read(FoundFile found)
    {
        var stem = Path.Combine(Path.GetDirectoryName(found.FullPath)!, found.Name);
        try
        {
            var card = Parse(Text(SideFiles.Json(stem), found.Sides.Json));
            if (card.Description.Length == 0) card = card with { Description = Text(SideFiles.Text(stem), found.Sides.Text) };
            if (card.Description.Length == 0) card = card with { Description = Text(SideFiles.Description(stem), found.Sides.Description) };
            return (card, TryAgain: false);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or InvalidOperationException)
        {
            return (new() { Problem = $"The notes beside {found.FullPath} are not understood: {e.Message}" }, TryAgain: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (new() { Problem = $"The notes beside {found.FullPath} cannot be read: {e.Message}" }, TryAgain: true);
        }
    }

    private static string Text(string path, FileStamp stamp)
    {
        if (stamp.Size <= 0) return "";                                         // none, a link to nothing, or something that is not a plain file
        if (stamp.Size > MaxLength) throw new InvalidDataException($"{Path.GetFileName(path)} has {stamp.Size:N0} bytes and {MaxLength:N0} are read.");
        return File.ReadAllText(path, Encoding.UTF8);
    }

    private static SideCard Parse(string json)
    {
        if (string.IsNullOrWhiteSpace(json)) return SideCard.None;
        using var document = JsonDocument.Parse(json, s_lenient);
        var card = document.RootElement;
        if (card.ValueKind != JsonValueKind.Object) throw new JsonException("the JSON is not an object.");
        return new()
        {
            Description = Field(card, "description"),
            Family = FamilyOf(Field(card, "sd version")),
            ActivationText = Field(card, "activation text"),
            PreferredWeight = Weight(Field(card, "preferred weight")),
            NegativeText = Field(card, "negative text"),
            Notes = Field(card, "notes"),
        };
    }

    // numbers that were typed as text and the other way round are both met
    private static string Field(JsonElement card, string name) =>
        !card.TryGetProperty(name, out var value) ? "" : value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Number => value.GetRawText(),
            _ => "",
        };

    private static ModelFamily FamilyOf(string version) => version switch
    {
        "SD1" => ModelFamily.StableDiffusion1,
        "SD2" => ModelFamily.StableDiffusion2,
        "SDXL" => ModelFamily.StableDiffusionXL,
        _ => ModelFamily.Unknown,
    };

    private static double? Weight(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var weight) && weight != 0 && double.IsFinite(weight) ? weight : null;
}
