using System.CommandLine;
using System.Runtime.InteropServices;
using LoraBridge.Server.Status;

namespace LoraBridge.Server.Commands;

/// <summary>Prints what runs here.</summary>
internal sealed class VersionCommand : DocumentedCommand
{
    public VersionCommand() : base("version", "Print the version, the .NET it runs on and the torch it was built for.")
    {
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples => ["./lorabridge version"];

    private static void Run(ParseResult parsed)
    {
        var output = parsed.InvocationConfiguration.Output;
        output.WriteLine($"LoraBridge {StatusApi.ServerVersion}");
        output.WriteLine(RuntimeInformation.FrameworkDescription);
        output.WriteLine(TorchSupply.Read().Describe());
    }
}
