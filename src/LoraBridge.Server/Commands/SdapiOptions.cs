using System.CommandLine;
using System.Text.RegularExpressions;
using LoraBridge.Server.Safety;
using LoraBridge.Server.Sdapi;

namespace LoraBridge.Server.Commands;

/// <summary>The start options of the WebUI's API, under the names that they have there.</summary>
internal static class SdapiOptions
{
    private static readonly Option<IReadOnlyList<string>> s_checkpoints = OptionKinds.Several("--ckpt-dir", "DIR",
        "A folder of checkpoints, subfolders included, besides checkpoints/ in the data folder and models/Stable-diffusion of --webui-dir; may be given several times.", ReadFolder);

    private static readonly Option<IReadOnlyList<string>> s_vaes = OptionKinds.Several("--vae-dir", "DIR",
        "A folder of VAEs besides vae/ in the data folder and models/VAE of --webui-dir; may be given several times.", ReadFolder);

    private static readonly Option<ApiAuth?> s_auth = OptionKinds.Parsed<ApiAuth?>("--api-auth", "USER:PASSWORD",
        "Ask for this user and password (HTTP Basic) on every route; several pairs with commas between them.", () => null, ApiAuth.Parse);

    private static readonly Option<IReadOnlyList<string>> s_origins = OptionKinds.Parsed<IReadOnlyList<string>>("--cors-allow-origins", "ORIGINS",
        "Let web pages of these origins call the server, with commas between them; * for all.", () => [], text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    private static readonly Option<string?> s_pattern = OptionKinds.Parsed<string?>("--cors-allow-origins-regex", "PATTERN",
        "Let web pages call the server whose whole origin fits this regular expression.", () => null, ReadPattern);

    private static readonly Option<bool> s_stop = OptionKinds.Switch("--api-server-stop", "Let clients stop the server with POST /sdapi/v1/server-stop.");

    /// <summary>All of them, in the order of the help.</summary>
    public static IReadOnlyList<Option> All { get; } = [s_checkpoints, s_vaes, s_auth, s_origins, s_pattern, s_stop];

    /// <summary>Reads them from a command line that parsed without errors.</summary>
    public static SdapiSettings From(ParseResult parsed, SharedOptions shared, AdapterOptions adapters) => new()
    {
        Auth = parsed.GetValue(s_auth),
        CorsOrigins = parsed.GetValue(s_origins) ?? [],
        CorsPattern = parsed.GetValue(s_pattern),
        AllowStop = parsed.GetValue(s_stop),
        Model = shared.Model,
        LastModel = EmbeddedModel.Path,
        WebUiFolder = shared.WebUi,
        CheckpointFolders = parsed.GetValue(s_checkpoints) ?? [],
        VaeFolders = parsed.GetValue(s_vaes) ?? [],
        LoraFolders = adapters.LoraFolders,
        EmbeddingFolder = adapters.EmbeddingFolder,
    };

    private static string ReadFolder(string text) =>
        Directory.Exists(text) ? Path.GetFullPath(text) : throw new FormatException($"there is no folder '{text}'. Give the one that holds the files");

    private static string ReadPattern(string text)
    {
        try
        {
            _ = Regex.IsMatch("", text);
            return text;
        }
        catch (ArgumentException error)
        {
            throw new FormatException($"'{text}' is no regular expression: {error.Message}");
        }
    }
}
