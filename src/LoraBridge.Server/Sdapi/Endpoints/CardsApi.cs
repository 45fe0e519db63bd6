using System.Net;
using System.Text.Json;
using LoraBridge.Imaging;
using LoraBridge.Lora.Catalog;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Sdapi.Files;
using LoraBridge.Server.Sdapi.Settings;
using LoraBridge.Server.Sdapi.Wire;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LoraBridge.Server.Sdapi.Endpoints;

/// <summary>Pictures and texts of the cards that the WebUI's page shows for models.</summary>
internal static class CardsApi
{
    private const string Covers = "ssmd_cover_images";

    private static readonly Dictionary<string, string> s_pictures = new(StringComparer.OrdinalIgnoreCase)
    {
        [".png"] = "image/png",
        [".jpg"] = "image/jpeg",
        [".jpeg"] = "image/jpeg",
        [".webp"] = "image/webp",
        [".gif"] = "image/gif",
    };

    public static void MapCards(this RouteGroupBuilder routes)
    {
        var group = routes.MapGroup("").WithTags("WebUI page");
        group.MapGet("/thumb", Thumb).WithName("CardThumb").WithSummary("Send the picture beside a model");
        group.MapGet("/cover-images", CoverAsync).WithName("CardCoverImages").WithSummary("Send a picture from an adapter's metadata");
        group.MapGet("/metadata", MetadataAsync).WithName("CardMetadata").WithSummary("Send an adapter's metadata as text");
        group.MapGet("/get-single-card", CardAsync).WithName("CardSingle").WithSummary("Send a model's card as HTML");
    }

    private static PhysicalFileHttpResult Thumb(ModelFolders folders, string filename = "")
    {
        string[] registered = [.. folders.Loras, .. folders.Checkpoints, folders.Embeddings];
        // one answer for all that is not to be had: it shall not tell what lies elsewhere
        if (filename.Contains('\0') || !s_pictures.TryGetValue(Path.GetExtension(filename), out var type) || !ModelFiles.IsBelow(filename, registered) || !File.Exists(filename))
            throw new SdapiException(404, "File not found");
        return TypedResults.PhysicalFile(Path.GetFullPath(filename), type, lastModified: File.GetLastWriteTimeUtc(filename), enableRangeProcessing: true);
    }

    private static async Task<IResult> CoverAsync(AdapterCatalog adapters, string page = "", string item = "", string index = "0")
    {
        if (!int.TryParse(index, out var place)) throw new InvalidRequestException([FieldValue.Wrong(FieldKind.Integer, ["query", "index"])]);
        if (await FindAsync(adapters, page, item).ConfigureAwait(false) is not { } entry || !AdapterMetadata.Read(entry).TryGetValue(Covers, out var text) || Cover(text, place) is not { } cover)
            throw new SdapiException(404, "File not found");
        var format = PictureFile.Probe(cover).Format;
        return TypedResults.Bytes(cover, $"image/{format.ToString().ToLowerInvariant()}");
    }

    private static byte[]? Cover(string text, int index)
    {
        try
        {
            var covers = JsonSerializer.Deserialize<string[]>(text) ?? [];
            if (index < 0 || index >= covers.Length) return null;
            var bytes = PictureInput.Decode(covers[index]);
            PictureFile.Probe(bytes);
            return bytes;
        }
        catch (Exception error) when (error is JsonException or SdapiException or PictureFormatException)
        {
            return null;
        }
    }

    private static async Task<JsonAnswer> MetadataAsync(AdapterCatalog adapters, string page = "", string item = "")
    {
        if (await FindAsync(adapters, page, item).ConfigureAwait(false) is not { } entry) return JsonAnswer.Empty;
        var metadata = AdapterMetadata.Of(entry);
        metadata.Remove(Covers);
        return metadata.Count == 0 ? JsonAnswer.Empty : new(new { Metadata = JsonSerializer.Serialize(metadata, SdapiJson.Indented) });
    }

    private static async Task<JsonAnswer> CardAsync(AdapterCatalog adapters, OptionsStore store, string page = "", string tabname = "", string name = "")
    {
        if (await FindAsync(adapters, page, name).ConfigureAwait(false) is not { } entry) return JsonAnswer.Empty;
        var catalog = await adapters.OpenAsync().ConfigureAwait(false);
        var weight = entry.SideCard.PreferredWeight ?? store.Current.Number("extra_networks_default_multiplier");
        var tag = $"<lora:{catalog.PreferredName(entry, store.Current.Text("lora_preferred_name") == "Filename")}:{SdapiJson.Float(weight)}>";
        var prompt = entry.SideCard.ActivationText is { Length: > 0 } words ? $"{tag} {words}" : tag;
        var picture = entry.PreviewPath is { } path ? $"<img src=\"./sd_extra_networks/thumb?filename={Uri.EscapeDataString(path)}\" class=\"preview\" loading=\"lazy\">" : "";
        return new(new
        {
            Html = $"""<div class="card" data-name="{Html(entry.Name)}" data-tabname="{Html(tabname)}" data-prompt="{Html(prompt)}" data-negative="{Html(entry.SideCard.NegativeText)}">{picture}<div class="actions"><span class="name">{Html(entry.Name)}</span><span class="description">{Html(entry.SideCard.Description)}</span></div></div>""",
        });
    }

    // never by a path: only by a name that the catalogue has
    private static async Task<LoraEntry?> FindAsync(AdapterCatalog adapters, string page, string name)
    {
        if (!page.Equals("lora", StringComparison.OrdinalIgnoreCase)) return null;
        var catalog = await adapters.OpenAsync().ConfigureAwait(false);
        return catalog.Entries.FirstOrDefault(entry => entry.Name == name);
    }

    private static string Html(string text) => WebUtility.HtmlEncode(text);
}
