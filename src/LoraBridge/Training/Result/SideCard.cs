using System.Text.Encodings.Web;
using System.Text.Json;
using LoraBridge.Files;
using LoraBridge.Imaging;

namespace LoraBridge.Training.Result;

/// <summary>What web UIs show beside an adapter: a note with its trigger words, and a picture.</summary>
internal static class SideCard
{
    private static readonly JsonSerializerOptions s_options = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes them under the adapter's name; a note that somebody has changed stays.</summary>
    /// <param name="adapter">The adapter's file.</param>
    /// <param name="trigger">What calls it up in a prompt; empty for nothing in particular.</param>
    /// <param name="notes">How it was made, for people.</param>
    /// <param name="cover">A picture made with it, or null.</param>
    public static void Write(string adapter, string trigger, string notes, Picture? cover)
    {
        var card = Path.ChangeExtension(adapter, ".json");
        if (!File.Exists(card))
        {
            var text = JsonSerializer.Serialize(new Dictionary<string, object>
            {
                ["description"] = "",
                ["sd version"] = "SD1",
                ["activation text"] = trigger,
                ["preferred weight"] = 1.0,
                ["negative text"] = "",
                ["notes"] = notes,
            }, s_options);
            using var file = new AtomicFile(card);
            file.Stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
            file.Commit();
        }
        if (cover is not null) PictureFile.Write(Path.ChangeExtension(adapter, ".png"), cover);
    }
}
