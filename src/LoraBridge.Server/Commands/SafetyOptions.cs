using System.CommandLine;
using System.Net;
using LoraBridge.Server.Safety;

namespace LoraBridge.Server.Commands;

/// <summary>The start options that say where the server listens, whom it lets in, and how much it takes.</summary>
internal static class SafetyOptions
{
    private const string TokenVariable = "LORABRIDGE_TOKEN", NewToken = "new", TokenFileName = "token";
    private const int Mega = 1_000_000;

    private static readonly Option<IPAddress> s_host = OptionKinds.Parsed("--host", "ADDRESS",
        "The address to listen on. Default: 127.0.0.1, which only this machine reaches. Any other needs credentials: see --listen.",
        () => IPAddress.Loopback, ReadHost);

    private static readonly Option<bool> s_listen = OptionKinds.Switch("--listen",
        "Listen on all addresses (as --host 0.0.0.0), so that others on the network reach the server; it wants --api-auth or --token then, unless --insecure is said.");

    private static readonly Option<string?> s_token = OptionKinds.Parsed<string?>("--token", "TEXT",
        "Ask for this token (Authorization: Bearer TEXT, or as the password of any user) on every route; 'new' makes one, keeps it in the data folder and shows it once. Else LORABRIDGE_TOKEN.",
        () => null, text => text == NewToken || AccessToken.Parse(text) is not null ? text : null);

    private static readonly Option<AccessToken?> s_tokenFile = OptionKinds.Parsed<AccessToken?>("--token-file", "FILE",
        "The same with the token in a file that only you may read, so that no list of processes shows it.", () => null, AccessToken.Read);

    private static readonly Option<bool> s_insecure = OptionKinds.Switch("--insecure", "Let everybody in who reaches the server over the network.");

    private static readonly Option<IReadOnlyList<string>> s_names = OptionKinds.Parsed<IReadOnlyList<string>>("--allowed-hosts", "NAMES",
        "Other names by which requests may call the server, with commas between them, such as that of a proxy before it; * for any. Default: localhost, its addresses, and beyond loopback the machine's name.",
        () => [], text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    private static readonly Option<int> s_rate = OptionKinds.Integer("--rate-limit", "N",
        "How many requests a second one address of the network may make, in the long run; 0 for any number. Default: 200.", 200, 0, 1_000_000);

    private static readonly Option<int> s_json = OptionKinds.Integer("--max-json", "MB", "The most megabytes of a request without pictures. Default: 16.", 16, 1, 2000);

    private static readonly Option<int> s_pictures = OptionKinds.Integer("--max-picture-json", "MB",
        "The most megabytes of a request of the WebUI's API, which carries pictures. Default: 512.", 512, 1, 2000);

    private static readonly Option<int> s_upload = OptionKinds.Integer("--max-upload", "MB",
        "The most megabytes of an upload of training pictures, and of what an archive in it unpacks to. Default: 4000.", 4000, 1, 1_000_000);

    /// <summary>All of them, in the order of the help.</summary>
    public static IReadOnlyList<Option> All { get; } = [s_host, s_listen, s_token, s_tokenFile, s_insecure, s_names, s_rate, s_json, s_pictures, s_upload];

    /// <summary>The address to listen on.</summary>
    public static IPAddress Host(ParseResult parsed) =>
        parsed.GetValue(s_listen) && parsed.GetResult(s_host) is null or { Implicit: true } ? IPAddress.Any : parsed.GetValue(s_host)!;

    /// <summary>The most bytes of an upload.</summary>
    public static long MaxUploadBytes(ParseResult parsed) => (long)parsed.GetValue(s_upload) * Mega;

    /// <summary>Reads the rest from a command line that parsed without errors.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="data">Where a new token is kept.</param>
    /// <param name="hasUsers">Whether the server asks for users' passwords.</param>
    /// <param name="tell">Told what the user must read.</param>
    /// <exception cref="CommandException">The server would be open to the network without a word about it.</exception>
    public static SafetySettings From(ParseResult parsed, DataFolder data, bool hasUsers, Action<string> tell)
    {
        var host = Host(parsed);
        var token = Token(parsed, data, isWanted: !IPAddress.IsLoopback(host) && !hasUsers, tell);
        if (!IPAddress.IsLoopback(host) && !hasUsers && token is null)
        {
            if (!parsed.GetValue(s_insecure))
                throw new CommandException($"everyone who reaches this machine over the network could use LoraBridge on {host}. Ask for a password with --api-auth USER:PASSWORD or for a token with --token new, or say --insecure if it shall be open");
            tell($"warning: on {host} everyone who reaches this machine over the network can use LoraBridge; it asks for no password, as --insecure says");
        }
        return new()
        {
            Token = token,
            HostNames = parsed.GetValue(s_names) ?? [],
            RequestsPerSecond = parsed.GetValue(s_rate),
            MaxJsonBytes = (long)parsed.GetValue(s_json) * Mega,
            MaxPictureBytes = (long)parsed.GetValue(s_pictures) * Mega,
        };
    }

    private static AccessToken? Token(ParseResult parsed, DataFolder data, bool isWanted, Action<string> tell)
    {
        var path = Path.Combine(data.Path, TokenFileName);
        var (given, file) = (parsed.GetValue(s_token), parsed.GetValue(s_tokenFile));
        if (given is not null && file is not null) throw new CommandException("--token and --token-file: give one of them");
        if (file is not null) return file;
        if (given is not null and not NewToken) return AccessToken.Parse(given);
        try
        {
            if (given is null && Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } variable) return AccessToken.Parse(variable);
            if (File.Exists(path)) return given is not null || isWanted ? AccessToken.Read(path) : null;
        }
        catch (FormatException wrong)
        {
            throw new CommandException($"{TokenVariable} or {path}: {wrong.Message}");
        }
        if (given is null) return null;
        tell($"the new token is {AccessToken.Create(path)} and is kept in {path}; later starts with --listen use it");
        return AccessToken.Read(path);
    }

    private static IPAddress ReadHost(string text) =>
        text == "localhost" ? IPAddress.Loopback
        : IPAddress.TryParse(text, out var address) ? address
        : throw new FormatException($"'{text}' is no address. Give 127.0.0.1, 0.0.0.0 or one of this machine's own");
}
