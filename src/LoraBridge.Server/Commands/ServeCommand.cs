using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using LoraBridge.Server.Engine;
using LoraBridge.Server.Jobs;
using LoraBridge.Server.Status;

namespace LoraBridge.Server.Commands;

/// <summary>Starts the server and keeps it running until it is stopped.</summary>
internal sealed class ServeCommand : DocumentedCommand
{
    private static readonly Option<IReadOnlyList<string>> s_pictures = OptionKinds.Several("--datasets-dir", "DIR",
        "A folder below which clients may name folders of training pictures; may be given several times. Default: none, pictures are uploaded.", ReadFolder);

    private static readonly Option<double> s_idle = OptionKinds.Number("--idle-minutes", "N",
        "After how many minutes without work the process that holds torch is ended, which gives all its memory back; 0 keeps it. Default: 10.", 10, 0, 100_000);

    private static readonly Option<double> s_modelMemory = OptionKinds.Number("--model-memory", "GIB",
        "How much memory loaded checkpoints may take together; the least recently used go first. Default: 0, half of what the device has.", 0, 0, 100_000);

    private static readonly Option<int> s_timeout = OptionKinds.Integer("--engine-timeout", "SECONDS",
        "After how many seconds without a sign of life (a step, a file read) the process that holds torch is ended and started anew. Default: 900.", 900, 1, 1_000_000);

    private static readonly Option<bool> s_holdJobs = OptionKinds.Switch("--hold-jobs",
        "Pause the jobs that the last server left in work or waiting, instead of going on with them.");

    private static readonly Option<JobRetention> s_keepJobs = OptionKinds.Parsed("--keep-jobs", "N",
        "How many of the jobs that are over stay: a number (200), those of some days (30d), or all. Others go with their files, once an hour; adapters that were kept stay. Default: all.",
        () => JobRetention.All, JobRetention.Parse);

    public ServeCommand() : base("serve", "Start the server and keep it running until Ctrl+C.")
    {
        foreach (var option in SafetyOptions.All) Add(option);
        Add(SharedOptions.PortOption);
        Add(AdapterOptions.LoraDirOption);
        Add(AdapterOptions.EmbeddingsDirOption);
        Add(s_pictures);
        Add(s_idle);
        Add(s_modelMemory);
        Add(s_timeout);
        Add(s_holdJobs);
        Add(s_keepJobs);
        foreach (var option in WebUiLinkOptions.All) Add(option);
        foreach (var option in SdapiOptions.All) Add(option);
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
    [
        "It answers as a Stable Diffusion WebUI does at /sdapi/v1, and uses the models of the one that --webui-dir names.",
        "It answers GET /lorabridge/v1/health and GET /lorabridge/v1/version with JSON, and errors with problem details (RFC 9457).",
        "Torch is in a process of its own, which is started when it is needed, started again when it is lost, and ended when nobody needs it.",
        "Only this machine reaches it unless it is told otherwise, and then it wants a password or a token. Web pages of other origins may change nothing.",
        "Jobs outlive the server: one that was killed goes on with them when it is started again, a training from what it saved last.",
    ];

    public override IReadOnlyList<string> Examples =>
    [
        "./lorabridge serve",
        "./lorabridge serve --port 7871 --data /srv/lorabridge",
        "./lorabridge serve --torch ~/stable-diffusion-webui/venv/lib/python3.10/site-packages/torch",
        "./lorabridge serve --listen --webui-dir ~/stable-diffusion-webui --api-auth ann:secret",
        "./lorabridge serve --listen --token new",
        "curl http://127.0.0.1:7870/lorabridge/v1/health",
    ];

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        var options = SharedOptions.From(parsed);
        var data = new DataFolder(options.Data);
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        var sdapi = SdapiOptions.From(parsed, options, AdapterOptions.From(parsed, options, data));
        var settings = new ServerSettings
        {
            Host = SafetyOptions.Host(parsed),
            Safety = SafetyOptions.From(parsed, data, sdapi.Auth is not null, line => error.WriteLine($"lorabridge: {line}")),
            Port = options.Port,
            Data = data,
            Datasets = new() { AllowedFolders = parsed.GetValue(s_pictures) ?? [], MaxUploadBytes = SafetyOptions.MaxUploadBytes(parsed) },
            HoldJobs = parsed.GetValue(s_holdJobs),
            KeepJobs = parsed.GetValue(s_keepJobs) ?? JobRetention.All,
            WebUi = WebUiLinkOptions.From(parsed),
            Engine = Engine(parsed, options, data),
            Sdapi = sdapi,
        };

        CheckFree(new IPEndPoint(settings.Host, settings.Port));
        await using var app = LoraBridgeServer.Build(settings);
        await app.StartAsync(cancel).ConfigureAwait(false);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        await output.WriteLineAsync($"LoraBridge {StatusApi.ServerVersion} listens on {address} (Ctrl+C stops it)").ConfigureAwait(false);

        await app.WaitForShutdownAsync(cancel).ConfigureAwait(false);
        return 0;
    }

    private static EngineSettings Engine(ParseResult parsed, SharedOptions options, DataFolder data)
    {
        var adapters = AdapterOptions.From(parsed, options, data);
        var (idle, memory) = (parsed.GetValue(s_idle), parsed.GetValue(s_modelMemory));
        return new()
        {
            Torch = options.Torch,
            IdleTime = idle > 0 ? TimeSpan.FromMinutes(idle) : null,
            SilenceLimit = TimeSpan.FromSeconds(parsed.GetValue(s_timeout)),
            Start = new()
            {
                Model = options.Model,
                Device = options.Device,
                Dtype = options.Dtype,
                ModelMemory = memory > 0 ? (long)(memory * (1L << 30)) : null,
                Vocabulary = options.VocabularySearch(),
                LoraFolders = adapters.LoraFolders,
                EmbeddingFolder = adapters.EmbeddingFolder,
                CacheFolder = data.Cache,
            },
        };
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

    private static string ReadFolder(string text) =>
        Directory.Exists(text) ? Path.GetFullPath(text) : throw new FormatException($"there is no folder '{text}'. Give one that holds folders of pictures");
}
