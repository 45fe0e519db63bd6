using System.CommandLine;
using LoraBridge.Server.Link.WebUi;

namespace LoraBridge.Server.Commands;

/// <summary>The start options of the link to a WebUI that runs beside the server.</summary>
internal static class WebUiLinkOptions
{
    private static readonly Option<Uri?> s_url = OptionKinds.Parsed<Uri?>("--webui-url", "URL",
        "A running WebUI (started with --api) that is told of new adapters, such as http://127.0.0.1:7860.", () => null, WebUiSettings.ParseUrl);

    private static readonly Option<string?> s_auth = OptionKinds.Parsed<string?>("--webui-auth", "USER:PASSWORD",
        "That WebUI's --api-auth. Else LORABRIDGE_WEBUI_AUTH.", () => null, WebUiSettings.ParseCredentials);

    private static readonly Option<WebUiRelease> s_release = OptionKinds.Parsed("--webui-release", "WHEN",
        "When that WebUI is asked to give its model's memory up, until the work is done: never, training (while one runs), always (for pictures too). Default: never.",
        () => WebUiRelease.Never, ReadRelease);

    /// <summary>All of them, in the order of the help.</summary>
    public static IReadOnlyList<Option> All { get; } = [s_url, s_auth, s_release];

    /// <summary>Reads them from a command line that parsed without errors.</summary>
    public static WebUiSettings From(ParseResult parsed) => new()
    {
        Url = parsed.GetValue(s_url),
        Credentials = parsed.GetValue(s_auth) ?? FromEnvironment(),
        Release = parsed.GetValue(s_release),
    };

    private static string? FromEnvironment()
    {
        try
        {
            return Environment.GetEnvironmentVariable("LORABRIDGE_WEBUI_AUTH") is { Length: > 0 } pair ? WebUiSettings.ParseCredentials(pair) : null;
        }
        catch (FormatException wrong)
        {
            throw new CommandException($"LORABRIDGE_WEBUI_AUTH: {wrong.Message}");
        }
    }

    private static WebUiRelease ReadRelease(string text) => text switch
    {
        "never" => WebUiRelease.Never,
        "training" => WebUiRelease.Training,
        "always" => WebUiRelease.Always,
        _ => throw new FormatException($"'{text}' is no time. Give never, training or always"),
    };
}
