using System.CommandLine;

namespace LoraBridge.Server.Commands;

/// <summary>A subcommand whose help has examples.</summary>
internal abstract class DocumentedCommand(string name, string description) : Command(name, description)
{
    /// <summary>What is not said by an option, one paragraph each.</summary>
    public virtual IReadOnlyList<string> Notes => [];

    /// <summary>Whole command lines, as typed in the repository's root.</summary>
    public abstract IReadOnlyList<string> Examples { get; }
}
