namespace LoraBridge.Server.Status;

/// <summary>The server's answer to a health check.</summary>
/// <param name="Status">ok; degraded where something needs care and work goes on; failed where it does not.</param>
/// <param name="StartedAt">When it began to listen.</param>
/// <param name="UptimeSeconds">Seconds since then.</param>
/// <param name="Parts">What it is made of.</param>
internal sealed record HealthReport(string Status, DateTimeOffset StartedAt, double UptimeSeconds, IReadOnlyList<HealthPart> Parts);

/// <summary>How one part of the server is.</summary>
/// <param name="Name">store, engine or disk.</param>
/// <param name="Status">ok, degraded or failed.</param>
/// <param name="Message">What there is to say and what helps, for a person.</param>
internal sealed record HealthPart(string Name, string Status, string Message);

/// <summary>What runs here.</summary>
/// <param name="Version">LoraBridge's version.</param>
/// <param name="Dotnet">The .NET it runs on.</param>
/// <param name="Torch">The torch it was built for.</param>
internal sealed record VersionReport(string Version, string Dotnet, TorchSupply Torch);
