using System.Net;
using System.Net.Sockets;

namespace LoraBridge.Server.Sdapi.Wire;

/// <summary>Tells addresses of the open internet from those of this machine and its networks.</summary>
internal static class PublicAddress
{
    private static readonly IPNetwork[] s_closed =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        }.Select(IPNetwork.Parse),
    ];

    // of version 6 only what is given out to the internet, without the blocks that wrap addresses of version 4
    private static readonly IPNetwork s_open = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork[] s_wrapped = [IPNetwork.Parse("2001::/23"), IPNetwork.Parse("2001:db8::/32"), IPNetwork.Parse("2002::/16")];

    /// <summary>Whether a machine anywhere would reach the same host at this address.</summary>
    public static bool Is(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetwork
            ? !s_closed.Any(network => network.Contains(address))
            : s_open.Contains(address) && !s_wrapped.Any(network => network.Contains(address));
    }
}
