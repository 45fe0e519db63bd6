using System.Net;

namespace LoraBridge.Server.Safety;

/// <summary>
/// The names by which requests may call this server. A web page whose own name is made to lead here (DNS rebinding) calls it by that
/// name, and browsers cannot tell the difference; the server can.
/// </summary>
internal sealed class HostNames
{
    private readonly IPAddress _bound;
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase) { "localhost" };
    private readonly bool _isAny;

    public HostNames(ServerSettings settings)
    {
        _bound = settings.Host;
        _isAny = settings.Safety.HostNames.Contains("*");
        _names.UnionWith(settings.Safety.HostNames.Select(Bare));
        if (IPAddress.IsLoopback(_bound)) return;
        var machine = Environment.MachineName;
        _names.UnionWith([machine, $"{machine}.local"]);
    }

    /// <summary>Whether the header Host names this server; programs of old that send none are let in.</summary>
    public bool Has(HostString host)
    {
        if (_isAny || !host.HasValue) return true;
        var name = Bare(host.Host);
        if (_names.Contains(name) || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)) return true;
        if (!IPAddress.TryParse(name, out var address)) return false;
        // no page's name is an address, so where the server listens on all of the machine's, any will do
        return IPAddress.IsLoopback(address) || address.Equals(_bound) || _bound.Equals(IPAddress.Any) || _bound.Equals(IPAddress.IPv6Any);
    }

    private static string Bare(string name) => name.Trim('[', ']').TrimEnd('.');
}
