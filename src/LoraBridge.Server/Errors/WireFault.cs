namespace LoraBridge.Server.Errors;

/// <summary>Tells what went wrong on the way from the client, such as a chunk of an impossible length, from failures of the disk.</summary>
internal static class WireFault
{
    private const string Kestrel = "Microsoft.AspNetCore.Server.Kestrel";

    /// <summary>Whether the framework's own reader of requests threw it.</summary>
    public static bool Is(Exception exception) => exception is IOException and not BadHttpRequestException && exception.Source?.StartsWith(Kestrel, StringComparison.Ordinal) == true;
}
