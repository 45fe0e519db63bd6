using System.Diagnostics;

namespace LoraBridge.Server.Tests.Launcher;

/// <summary>The launcher as a user runs it, and its parts in a bash of their own.</summary>
internal sealed record LauncherScript(int ExitCode, string Output, string Error)
{
    public static string Root { get; } = FindRoot();

    /// <summary>Runs ./lorabridge from another folder, so that nothing depends on where one stands.</summary>
    public static Task<LauncherScript> RunAsync(params string[] args) => StartAsync([Path.Combine(Root, "lorabridge"), .. args]);

    /// <summary>Runs bash lines with the launcher's functions; <c>$root</c> and <c>$launcher</c> are set as the launcher sets them.</summary>
    public static Task<LauncherScript> BashAsync(string lines) => StartAsync(["-c",
        $$"""
        set -euo pipefail
        root='{{Root}}' launcher="$root/src/LoraBridge.Server/Launcher" artifacts=$(mktemp -d)
        trap 'rm -rf "$artifacts"' EXIT
        for part in say options packages build vocabulary tests; do source "$launcher/$part.sh"; done
        {{lines}}
        """]);

    private static async Task<LauncherScript> StartAsync(string[] args)
    {
        var start = new ProcessStartInfo("bash", args) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = Path.GetTempPath() };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("LORABRIDGE_", StringComparison.Ordinal)).ToArray()) start.Environment.Remove(name);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new LauncherScript(process.ExitCode, await output, await error);
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "lorabridge"))) return folder.FullName;
        throw new DirectoryNotFoundException($"No lorabridge above {AppContext.BaseDirectory}.");
    }
}
