using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using EmojiDiffusion.Commands;

// numbers look the same everywhere
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

var root = new RootCommand("Trains a small Stable Diffusion 1.x model that draws emoji from words, on LoraBridge's library.")
{
    new AutoencoderCommand(),
    new TextCommand(),
    new DenoiserCommand(),
    new EvaluateCommand(),
    new AllCommand(),
    new StylesCommand(),
    new AdapterCommand(),
};
try
{
    return await root.Parse(args).InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, stop.Token).ConfigureAwait(false);
}
#pragma warning disable CA1031 // the one place where a failure becomes text for a person
catch (Exception failure)
#pragma warning restore CA1031
{
    await Console.Error.WriteLineAsync($"emoji: {failure.Message}").ConfigureAwait(false);
    if (Environment.GetEnvironmentVariable("LORABRIDGE_TRACE") == "1") await Console.Error.WriteLineAsync(failure.ToString()).ConfigureAwait(false);
    return 1;
}

// the first request ends the run after its current step and saves it, the second ends it at once
void Stop(PosixSignalContext context)
{
    if (stop.IsCancellationRequested) return;
    context.Cancel = true;
    stop.Cancel();
}
