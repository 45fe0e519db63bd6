namespace LoraBridge.Server.Commands;

/// <summary>A command cannot do what it was asked; the message is for the user and names the cure.</summary>
internal sealed class CommandException(string message, int exitCode = CommandLine.Failure) : Exception(message)
{
    /// <summary>The process's exit code, one of <see cref="CommandLine"/>'s.</summary>
    public int ExitCode { get; } = exitCode;
}
