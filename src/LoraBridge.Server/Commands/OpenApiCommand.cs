using System.CommandLine;
using LoraBridge.Server.OpenApi;

namespace LoraBridge.Server.Commands;

/// <summary>Writes the API's descriptions, for who changes routes; hidden because users get them from the server.</summary>
internal sealed class OpenApiCommand : Command
{
    private static readonly Argument<string> s_folder = new("folder") { Description = "Where to write them." };

    public OpenApiCommand() : base("openapi", "Write the descriptions of the API into a folder.")
    {
        Hidden = true;
        Add(s_folder);
        SetAction(WriteAsync);
    }

    private static async Task WriteAsync(ParseResult parsed, CancellationToken cancel)
    {
        var folder = Directory.CreateDirectory(parsed.GetRequiredValue(s_folder)).FullName;
        foreach (var (document, text) in await DocumentGenerator.GenerateAsync().ConfigureAwait(false))
            await File.WriteAllTextAsync(Path.Combine(folder, document.Name + ".json"), text, cancel).ConfigureAwait(false);
    }
}
