namespace LoraBridge.Server.Status;

/// <summary>The server's answer to a health check.</summary>
/// <param name="Status">Always "ok": a server that cannot say so does not answer.</param>
/// <param name="StartedAt">When it began to listen.</param>
/// <param name="UptimeSeconds">Seconds since then.</param>
internal sealed record HealthReport(string Status, DateTimeOffset StartedAt, double UptimeSeconds);

/// <summary>What runs here.</summary>
/// <param name="Version">LoraBridge's version.</param>
/// <param name="Dotnet">The .NET it runs on.</param>
/// <param name="Torch">The torch it was built for.</param>
internal sealed record VersionReport(string Version, string Dotnet, TorchSupply Torch);
