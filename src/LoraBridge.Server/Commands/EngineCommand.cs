using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using LoraBridge.Server.Engine.Host;
using LoraBridge.Server.Engine.Protocol;

namespace LoraBridge.Server.Commands;

/// <summary>
/// The process that holds torch; the server starts it. The first line of standard input says what it knows, the end of standard input
/// is its own end, so that none outlives its server with a GPU in its hands.
/// </summary>
internal sealed class EngineCommand : Command
{
    /// <summary>What is written to standard output once it listens.</summary>
    public const string Ready = "ready";

    private static readonly Option<string> s_socket = OptionKinds.Text("--socket", "PATH", "The Unix socket to listen on.", "");

    public EngineCommand() : base("engine", "Hold torch for a server, which starts this by itself.")
    {
        Hidden = true;
        Add(s_socket);
        SetAction((parsed, cancel) => RunAsync(parsed.GetValue(s_socket)!, parsed.InvocationConfiguration.Output, cancel));
    }

    private static async Task<int> RunAsync(string socket, TextWriter output, CancellationToken cancel)
    {
        // Ctrl+C reaches all processes of a terminal; what it means for this one the server says
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
        if (socket.Length == 0) throw new CommandException("--socket: none is named. './lorabridge serve' starts engines by itself", CommandLine.UsageError);
        using var input = new StreamReader(Console.OpenStandardInput());
        var line = await input.ReadLineAsync(cancel).ConfigureAwait(false) ?? throw new CommandException("standard input ended before it said what to do: './lorabridge serve' starts engines by itself");
        var start = JsonSerializer.Deserialize<EngineStart>(line, EngineJson.Options)!;

        await using var app = EngineHost.Build(start, socket);
        await app.StartAsync(cancel).ConfigureAwait(false);
        await output.WriteLineAsync(Ready).ConfigureAwait(false);
        await output.FlushAsync(cancel).ConfigureAwait(false);

        await input.ReadToEndAsync(CancellationToken.None).ConfigureAwait(false);
        if (app.Services.GetRequiredService<EngineWorker>().Health().Running is null) return 0;
        // at once, whatever the torch thread is doing: what must outlive this was saved by then, and native destructors under a running thread may hang
        using var self = Process.GetCurrentProcess();
        self.Kill();
        return CommandLine.Failure;
    }
}
