using System.Net;
using System.Net.Sockets;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Sdapi.Settings;

namespace LoraBridge.Server.Sdapi.Wire;

/// <summary>Fetches the pictures that requests name by URL, within what the settings allow.</summary>
/// <param name="options">Whether it may fetch at all, and from this machine's own networks.</param>
/// <param name="isPublic">Tells which addresses are the internet's; null for what they are.</param>
internal sealed class PictureDownload(OptionsStore options, Func<IPAddress, bool>? isPublic = null) : IDisposable
{
    private const int MostBytes = 64 << 20, MostRedirects = 5;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient _public = Client(isPublic ?? PublicAddress.Is), _any = Client(_ => true);

    /// <summary>The bytes at a URL.</summary>
    /// <exception cref="SdapiException">The settings forbid it, or there is nothing to be had.</exception>
    public async Task<byte[]> GetAsync(string url, CancellationToken cancel)
    {
        var settings = options.Current;
        if (!settings.Flag("api_enable_requests")) throw new SdapiException(500, "Requests not allowed");
        var client = settings.Flag("api_forbid_local_requests") ? _public : _any;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(url));
            if (settings.Text("api_useragent") is { Length: > 0 } agent) request.Headers.TryAddWithoutValidation("User-Agent", agent);
            using var response = await client.SendAsync(request, cancel).ConfigureAwait(false);
            response.EnsureSuccessStatusCode();
            return await response.Content.ReadAsByteArrayAsync(cancel).ConfigureAwait(false);
        }
        catch (HttpRequestException refused) when (refused.InnerException is LocalAddressException)
        {
            throw new SdapiException(500, "Request to local resource not allowed");
        }
        catch (Exception error) when (error is HttpRequestException or UriFormatException or NotSupportedException or (OperationCanceledException and not { CancellationToken.IsCancellationRequested: true }))
        {
            throw new SdapiException(500, "Invalid image url");
        }
    }

    public void Dispose()
    {
        _public.Dispose();
        _any.Dispose();
    }

    private static HttpClient Client(Func<IPAddress, bool> isAllowed)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,                                                   // a proxy would reach what this machine may not
            UseCookies = false,
            MaxAutomaticRedirections = MostRedirects,
            ConnectTimeout = s_patience,
            ConnectCallback = (context, cancel) => ConnectAsync(context.DnsEndPoint, isAllowed, cancel),
        };
        return new(handler) { Timeout = s_patience, MaxResponseContentBufferSize = MostBytes };
    }

    /// <summary>Connects to an address that was looked at, so that no second look-up of the name can lead elsewhere; redirections come this way too.</summary>
    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint host, Func<IPAddress, bool> isAllowed, CancellationToken cancel)
    {
        var addresses = await Dns.GetHostAddressesAsync(host.Host, cancel).ConfigureAwait(false);
        if (!addresses.All(isAllowed)) throw new LocalAddressException();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, host.Port, cancel).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private sealed class LocalAddressException : Exception;
}
