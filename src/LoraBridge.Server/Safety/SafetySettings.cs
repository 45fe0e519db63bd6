namespace LoraBridge.Server.Safety;

/// <summary>Whom the server answers, and how much it takes at once.</summary>
internal sealed record SafetySettings
{
    /// <summary>The token that opens it, besides the users of <see cref="Sdapi.SdapiSettings.Auth"/>; null for none.</summary>
    public AccessToken? Token { get; init; }

    /// <summary>Names of this server besides the machine's own, as requests may call it (the header Host); * for any.</summary>
    public IReadOnlyList<string> HostNames { get; init; } = [];

    /// <summary>The most bytes of a request that carries no pictures; default 16 MB.</summary>
    public long MaxJsonBytes { get; init; } = 16_000_000;

    /// <summary>The most bytes of a request of the WebUI's API, whose pictures travel in JSON; default 512 MB.</summary>
    public long MaxPictureBytes { get; init; } = 512_000_000;

    /// <summary>How many requests one address of the network may make in a second, in the long run; 0 for any number. This machine has a hundred times as many.</summary>
    public int RequestsPerSecond { get; init; } = 200;

    /// <summary>How often an address may give wrong credentials in a minute.</summary>
    public int MaxFailures { get; init; } = 20;

    /// <summary>How long requests in work may take to end once the server shall stop; then their connections are cut.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(3);
}
