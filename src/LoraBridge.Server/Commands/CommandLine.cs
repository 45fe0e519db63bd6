using System.CommandLine;
using System.CommandLine.Help;
using LoraBridge.Server.Commands.LoraTools;

namespace LoraBridge.Server.Commands;

/// <summary>The command line: its subcommands, and how what they throw becomes a line of text and an exit code.</summary>
internal static class CommandLine
{
    /// <summary>Exit code: the command could not do its work.</summary>
    public const int Failure = 1;

    /// <summary>Exit code: the command line itself is wrong.</summary>
    public const int UsageError = 2;

    /// <summary>Exit code: stopped by Ctrl+C, as shells count it.</summary>
    public const int Stopped = 130;

    /// <summary>Runs one command line.</summary>
    /// <returns>The process's exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output, TextWriter error, CancellationToken cancel)
    {
        var parsed = Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction)
        {
            foreach (var message in parsed.Errors.Select(e => e.Message).Distinct()) await error.WriteLineAsync($"lorabridge: {message}").ConfigureAwait(false);
            var command = PathOf(parsed.CommandResult.Command);
            await error.WriteLineAsync($"lorabridge: ./lorabridge {command}{(command.Length > 0 ? " " : "")}--help shows what there is").ConfigureAwait(false);
            return UsageError;
        }

        try
        {
            var streams = new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,                               // signals are StopSignal's
            };
            return await parsed.InvokeAsync(streams, cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            await error.WriteLineAsync("lorabridge: stopped").ConfigureAwait(false);
            return Stopped;
        }
#pragma warning disable CA1031 // the one place where a command's failure becomes text for a person
        catch (Exception failure)
#pragma warning restore CA1031
        {
            await error.WriteLineAsync($"lorabridge: {failure.Message}").ConfigureAwait(false);
            if (Environment.GetEnvironmentVariable("LORABRIDGE_TRACE") == "1") await error.WriteLineAsync(failure.ToString()).ConfigureAwait(false);
            return (failure as CommandException)?.ExitCode ?? Failure;
        }
    }

    /// <summary>Every subcommand with its options.</summary>
    public static RootCommand Build()
    {
        var root = new RootCommand("A local server beside a Stable Diffusion WebUI that trains LoRAs, generates and blends.")
        {
            new ServeCommand(),
            new GenerateCommand(),
            new BlendCommand(),
            new TrainCommand(),
            new LoraCommand(),
            new SetupCommand(),
            new VersionCommand(),
            new EngineCommand(),
            new OpenApiCommand(),
        };
        root.Options.OfType<HelpOption>().Single().Action = new HelpAction();
        return root;
    }

    /// <summary>A command's words after the program's name: <c>lora inspect</c>; empty for the program itself.</summary>
    public static string PathOf(Command command) => string.Join(' ', Words(command).Reverse());

    private static IEnumerable<string> Words(Command command)
    {
        for (var part = command; part is not (null or RootCommand); part = part.Parents.OfType<Command>().FirstOrDefault()) yield return part.Name;
    }

    private static ParseResult Parse(IReadOnlyList<string> args) =>
        // a prompt may begin with '@', and "-steps" is a mistake rather than six short options
        Build().Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
}
