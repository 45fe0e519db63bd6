using System.Diagnostics;

namespace LoraBridge.Server.Engine;

/// <summary>
/// Where the engine's socket lies, written down so that the next server can clear away what a killed one left: the folder, and an engine that did not notice the end of its
/// server. Only who has the claim on the data folder may do that.
/// </summary>
internal static class EngineTrace
{
    private const string Prefix = "lorabridge-";

    /// <summary>Writes the folder down.</summary>
    public static void Write(string trace, string folder)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(trace)!);
        File.WriteAllText(trace, folder);
    }

    /// <summary>Clears away what the last server left.</summary>
    /// <returns>How many engines were still there.</returns>
    public static int Clear(string trace)
    {
        if (!File.Exists(trace)) return 0;
        var ended = 0;
        try
        {
            var folder = File.ReadAllText(trace).Trim();
            // a file can be damaged or edited: nothing is removed that cannot be a socket's folder
            if (Path.IsPathFullyQualified(folder) && Path.GetFileName(folder).StartsWith(Prefix, StringComparison.Ordinal))
            {
                ended = EndEngines(folder);
                Remove(folder);
            }
            File.Delete(trace);
        }
        catch (Exception kept) when (kept is IOException or UnauthorizedAccessException)
        {
            // it is only rubbish, and the next start tries again
        }
        return ended;
    }

    private static void Remove(string folder)
    {
        if (!Directory.Exists(folder)) return;
        foreach (var socket in Directory.EnumerateFiles(folder, "*.sock")) File.Delete(socket);
        Directory.Delete(folder);
    }

    /// <summary>Ends engines that listen in a folder; where the system does not tell what processes were called with, they end by themselves.</summary>
    private static int EndEngines(string folder)
    {
        var ended = 0;
        if (!Directory.Exists("/proc")) return ended;
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), out _)))
        {
            if (!IsEngineOf(process, folder)) continue;
            try
            {
                using var engine = Process.GetProcessById(int.Parse(Path.GetFileName(process), System.Globalization.CultureInfo.InvariantCulture));
                engine.Kill();
                engine.WaitForExit(TimeSpan.FromSeconds(5));
                ended++;
            }
            catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                // it has ended by itself
            }
        }
        return ended;
    }

    private static bool IsEngineOf(string process, string folder)
    {
        try
        {
            var words = File.ReadAllText(Path.Combine(process, "cmdline")).Split('\0');
            var socket = Array.IndexOf(words, "--socket");
            return socket > 0 && words[socket - 1] == "engine" && socket + 1 < words.Length && words[socket + 1].StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return false;                                                       // it has ended, or is somebody else's
        }
    }
}
