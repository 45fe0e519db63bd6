using System.CommandLine;
using System.CommandLine.Invocation;

namespace LoraBridge.Server.Commands;

/// <summary>Answers <c>--help</c> with <see cref="HelpText"/>.</summary>
internal sealed class HelpAction : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.Write(HelpText.Of(parseResult.CommandResult.Command));
        return 0;
    }
}
