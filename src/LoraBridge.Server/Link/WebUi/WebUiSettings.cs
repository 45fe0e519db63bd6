namespace LoraBridge.Server.Link.WebUi;

/// <summary>When the WebUI is asked to give its model's memory up.</summary>
internal enum WebUiRelease
{
    /// <summary>Never.</summary>
    Never,

    /// <summary>While a training runs.</summary>
    Training,

    /// <summary>While a training runs or pictures are made.</summary>
    Always,
}

/// <summary>The WebUI beside this server.</summary>
internal sealed record WebUiSettings
{
    /// <summary>Its address; null where there is none.</summary>
    public Uri? Url { get; init; }

    /// <summary>Its user and password, <c>user:password</c>; null where it asks for none. They are sent and nothing else.</summary>
    public string? Credentials { get; init; }

    /// <summary>When it is asked to give its model's memory up.</summary>
    public WebUiRelease Release { get; init; }

    /// <summary>How long the memory must have been unused before the WebUI gets it back, so that a row of pictures does not load its model between any two.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How patient calls are; loading a checkpoint takes long.</summary>
    public CircuitSettings Patience { get; init; } = new() { Timeout = TimeSpan.FromSeconds(60), Retries = 2, Failures = 5, Break = TimeSpan.FromSeconds(5), LongestBreak = TimeSpan.FromMinutes(1) };

    /// <summary>Without the password, wherever it may be written.</summary>
    public override string ToString() => Url is null ? "no WebUI" : $"the WebUI at {Url.Authority}";

    /// <summary>Reads a WebUI's address.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static Uri ParseUrl(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.Host.Length == 0) throw new FormatException($"'{text}' is no web address. Give one such as http://127.0.0.1:7860");
        if (url.UserInfo.Length > 0) throw new FormatException("the address holds a user and a password. Give them with --webui-auth");
        if (url.Query.Length > 0 || url.Fragment.Length > 0) throw new FormatException($"'{text}' is more than an address. Give one such as http://127.0.0.1:7860");
        return new(url.AbsoluteUri.TrimEnd('/') + "/");
    }

    /// <summary>Reads a user and a password.</summary>
    /// <exception cref="FormatException">It is no pair.</exception>
    public static string ParseCredentials(string text) => text is not null && text.IndexOf(':', StringComparison.Ordinal) > 0
        ? text
        : throw new FormatException("this is not user:password. Give one pair, as the WebUI got it with --api-auth");
}
