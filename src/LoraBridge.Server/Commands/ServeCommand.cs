using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using LoraBridge.Server.Status;

namespace LoraBridge.Server.Commands;

/// <summary>Starts the server and keeps it running until it is stopped.</summary>
internal sealed class ServeCommand : DocumentedCommand
{
    private static readonly Option<IPAddress> s_host = OptionKinds.Parsed("--host", "ADDRESS",
        "The address to listen on. Default: 127.0.0.1, which only this machine reaches; 0.0.0.0 opens it to the network.",
        () => IPAddress.Loopback, ReadHost);

    public ServeCommand() : base("serve", "Start the server and keep it running until Ctrl+C.")
    {
        Add(s_host);
        Add(SharedOptions.PortOption);
        Add(SharedOptions.DataOption);
        Add(SharedOptions.ModelOption);
        Add(SharedOptions.TorchOption);
        Add(SharedOptions.DeviceOption);
        Add(SharedOptions.DtypeOption);
        Add(SharedOptions.VocabularyOption);
        Add(SharedOptions.WebUiOption);
        SetAction(RunAsync);
    }

    public override IReadOnlyList<string> Notes =>
        ["It answers GET /lorabridge/v1/health and GET /lorabridge/v1/version with JSON, and errors with problem details (RFC 9457)."];

    public override IReadOnlyList<string> Examples =>
    [
        "./lorabridge serve",
        "./lorabridge serve --port 7871 --data /srv/lorabridge",
        "./lorabridge serve --torch ~/stable-diffusion-webui/venv/lib/python3.10/site-packages/torch",
        "curl http://127.0.0.1:7870/lorabridge/v1/health",
    ];

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        var options = SharedOptions.From(parsed);
        var settings = new ServerSettings { Host = parsed.GetValue(s_host)!, Port = options.Port, Data = new DataFolder(options.Data) };
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        if (!IPAddress.IsLoopback(settings.Host))
            await error.WriteLineAsync($"lorabridge: warning: on {settings.Host} everyone who reaches this machine over the network can use LoraBridge; it asks for no password").ConfigureAwait(false);

        CheckFree(new IPEndPoint(settings.Host, settings.Port));
        await using var app = LoraBridgeServer.Build(settings);
        await app.StartAsync(cancel).ConfigureAwait(false);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        await output.WriteLineAsync($"LoraBridge {StatusApi.ServerVersion} listens on {address} (Ctrl+C stops it)").ConfigureAwait(false);

        await app.WaitForShutdownAsync(cancel).ConfigureAwait(false);
        return 0;
    }

    /// <summary>Tries the address before the server does, whose own failure is a page of text.</summary>
    private static void CheckFree(IPEndPoint place)
    {
        try
        {
            using var socket = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(place);
            socket.Listen();
        }
        catch (SocketException refused)
        {
            throw new CommandException(refused.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"--port: {place} is taken, by another LoraBridge or another program. Stop that one, or choose another port with --port N (0 takes any free one)",
                SocketError.AccessDenied => $"--port: this user may not listen on {place}. Choose a port above 1023",
                SocketError.AddressNotAvailable => $"--host: this machine has no address {place.Address}. Give 127.0.0.1, 0.0.0.0 or one of its own",
                _ => $"cannot listen on {place}: {refused.Message}. Choose another with --host and --port",
            });
        }
    }

    private static IPAddress ReadHost(string text) =>
        text == "localhost" ? IPAddress.Loopback
        : IPAddress.TryParse(text, out var address) ? address
        : throw new FormatException($"'{text}' is no address. Give 127.0.0.1, 0.0.0.0 or one of this machine's own");
}
